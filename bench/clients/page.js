// What the page gives each client, and what each gives back: the moment and the token, for the driver to read.
export const { service, apiKey, username, password } = globalThis.given;

export const signedIn = (token) => performance.mark("signed in", { detail: token });
