//! A local Catalyze BaaS.
fn main() {}
