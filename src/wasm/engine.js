// An engine: one instance of the module, and what keeps a trap in it from leaving a promise behind.
import makeGlue from "./catalyze_signin_bg.js";
import { failure } from "./shell.js";

export { resume, signIn, webStorage } from "./session.js";
export { failure, isSignInError, refusal, settle, SignInError } from "./shell.js";

// Gives the module's `run`. `onTrap` is told when the instance can't be used any more.
//
// A trap ends whatever Rust was doing, in a microtask as well as in a call: the promise it worked for
// would never settle, and Node ends the process. So every way into the instance is guarded, and the
// glue is made anew with each instance: callbacks of a dead one must not reach into the next.
export const start = async (module, onTrap) => {
  const glue = makeGlue();
  const waiting = new Set();
  let dead = false;
  const guard =
    (enter) =>
    (...values) => {
      try {
        if (!dead) return enter(...values);
      } catch {
        dead = true;
        onTrap();
        for (const reject of waiting) reject(failure("internal"));
      }
      // The glue takes some results apart, outside of any call: in Node, a throw there ends the process.
      return [];
    };
  const { exports } = await WebAssembly.instantiate(module, { "./catalyze_signin_bg.js": glue });
  const guarded = Object.entries(exports).map(([name, value]) => [
    name,
    typeof value === "function" ? guard(value) : value,
  ]);
  glue.__wbg_set_wasm(Object.fromEntries(guarded));
  exports.__wbindgen_start();
  return (...values) =>
    new Promise((resolve, reject) => {
      waiting.add(reject);
      glue.run(...values).then(resolve, reject).finally(() => waiting.delete(reject));
    });
};
