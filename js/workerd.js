// @ts-check
// The entry for Cloudflare's workerd, which compiles no bytes but takes a module that its bundler has found.
import module from "./catalyze_signin_bg.wasm";
import { makeClient } from "./client.js";

export { isSignInError, SignInError, webStorage } from "./client.js";

export const { signIn, resume, init } = makeClient(() => module);
