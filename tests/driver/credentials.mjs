// What the tables sign in with. None of the three secrets may ever be seen again: not in an error, not in a session,
// not on a console. The quote and the backslash of the password make its spelling in JSON another one.
export const key = "browser hostile.example key-canary-7d1f0c";
export const username = "hostile-user";
export const password = 'pass-canary"\\é-93ab';
export const token = "token-canary-41e6";
