import { AuthClient } from "@supabase/auth-js";

const auth = new AuthClient({ url: "https://example.com/auth/v1", headers: { apikey: "k" } });
auth.signInWithPassword({ email: "u", password: "p" }).then(console.log, console.error);
