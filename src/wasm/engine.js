// An engine: one instance of the module, and what makes an error of a trap in it.
import makeGlue from "./catalyze_signin_bg.js";
import { failure, isSignInError } from "./shell.js";

export { resume, signIn, webStorage } from "./session.js";
export { exchange, failure, isSignInError, refusal, settle, SignInError } from "./shell.js";

// Gives the steps of the engine. `onTrap` is told when the instance can't be used any more: a trap leaves
// its memory in any state. The glue is made anew with each instance, whose memory it has views of.
export const start = async (module, onTrap) => {
  const glue = makeGlue();
  const { exports } = await WebAssembly.instantiate(module, { "./catalyze_signin_bg.js": glue });
  glue.__wbg_set_wasm(exports);
  exports.__wbindgen_start();
  let dead = false;
  const guard =
    (step) =>
    (...values) => {
      try {
        if (!dead) return step(...values);
      } catch (error) {
        if (isSignInError(error)) throw error;
        dead = true;
        onTrap();
      }
      throw failure("internal");
    };
  return { ask: guard(glue.ask), refuse: guard(glue.refuse), read: guard(glue.read) };
};
