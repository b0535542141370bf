import { AuthClient } from "@supabase/auth-js";

export const connect = ({ service, apiKey }) => {
  const auth = new AuthClient({
    url: `${service}/auth/v1`,
    headers: { apikey: apiKey },
    // As ours: the token stays in memory, and nothing runs after the sign-in.
    persistSession: false,
    autoRefreshToken: false,
    detectSessionInUrl: false,
  });
  return async (email, password) => {
    const { data, error } = await auth.signInWithPassword({ email, password });
    if (error) throw error;
    return data.session.access_token;
  };
};
