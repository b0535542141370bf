import { AuthClient } from "@supabase/auth-js";
import { apiKey, password, service, signedIn, username } from "./page.js";

const auth = new AuthClient({
  url: `${service}/auth/v1`,
  headers: { apikey: apiKey },
  // As ours: the token stays in memory, and nothing runs after the sign-in.
  persistSession: false,
  autoRefreshToken: false,
  detectSessionInUrl: false,
});
const { data, error } = await auth.signInWithPassword({ email: username, password });
if (error) throw error;
signedIn(data.session.access_token);
