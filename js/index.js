// @ts-check
// The default entry: the module is inside, as text.
import { makeClient } from "./client.js";
import { marks, text } from "./module.js";
import { unpack } from "./unpack.js";

export { isSignInError, SignInError, webStorage } from "./client.js";

export const { signIn, resume, init } = makeClient(() => unpack(marks, text));
