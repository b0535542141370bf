// @ts-check
// The default entry. It contains the WebAssembly module as text.
import { createAuth as authOf, makeClient } from "./client.js";
import { marks, text } from "./module.js";
import { unpack } from "./unpack.js";

export { isSignInError, SignInError, webStorage } from "./client.js";

const { signIn, resume, init, load } = makeClient(() => unpack(marks, text));
export { signIn, resume, init };

/** @param {unknown} options */
export const createAuth = (options) => authOf(load, options);
