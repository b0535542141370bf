//! Sign in to the Catalyze BaaS.
