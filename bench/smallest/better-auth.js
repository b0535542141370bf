import { createAuthClient } from "better-auth/client";

const auth = createAuthClient({ baseURL: "https://example.com" });
auth.signIn.email({ email: "u", password: "p" }).then(console.log, console.error);
