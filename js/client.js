// @ts-check
// What both entries of the package export. Each entry has the WebAssembly module in its own way.
import { makeLoader } from "./load.js";
import { resume, signIn } from "./session.js";

export { isSignInError, SignInError } from "./errors.js";
export { webStorage } from "./store.js";
export { createAuth } from "./auth.js";

/**
 * @typedef {object} Client
 * @property {typeof import("./types.js").signIn} signIn
 * @property {typeof import("./types.js").resume} resume
 * @property {typeof import("./index.js").init} init
 * @property {import("./exchange.js").Load} load
 */

/**
 * @param {() => BufferSource | WebAssembly.Module} ownModule
 * @returns {Client}
 */
export const makeClient = (ownModule) => {
  const { load, init } = makeLoader(ownModule);
  return {
    /** @type {(apiKey: unknown, username: unknown, password: unknown, options?: unknown) => Promise<any>} */
    signIn: (apiKey, username, password, options) => signIn(load, apiKey, username, password, options),
    /** @type {(apiKey: unknown, token?: unknown, options?: unknown) => Promise<any>} */
    resume: (apiKey, token, options) => resume(load, apiKey, token, options),
    init,
    /** For `createAuth`, which is not in this object, so that bundlers can leave it out where it is not used. */
    load,
  };
};
