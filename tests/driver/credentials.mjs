// What the tables sign in with. The key, the password and the token must never be seen in an error, in a session or on
// a console. The password has a quote and a backslash, so that it is escaped in JSON.
export const key = "browser hostile.example key-canary-7d1f0c";
export const username = "hostile-user";
export const password = 'pass-canary"\\é-93ab';
export const token = "token-canary-41e6";
