// Cloudflare's workerd compiles no bytes, but takes a module that its bundler has found.
import module from "./catalyze_signin_bg.wasm";
import { client } from "./client.js";

export { isSignInError, SignInError, webStorage } from "./engine.js";

export const { signIn, resume, init } = client(() => module);
