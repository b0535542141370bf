// @ts-check
// The entry for Cloudflare's workerd. It can't compile bytes, so its bundler compiles the imported module beforehand.
import module from "./catalyze_signin_bg.wasm";
import { createAuth as authOf, makeClient } from "./client.js";

export { isSignInError, SignInError, webStorage } from "./client.js";

const { signIn, resume, init, load } = makeClient(() => module);
export { signIn, resume, init };

/** @param {unknown} options */
export const createAuth = (options) => authOf(load, options);
