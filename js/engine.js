// @ts-check
// An engine: one instance of the WebAssembly module. A trap in it becomes an error.
import makeGlue from "./catalyze_signin_bg.js";
import { NO_BODY } from "./body.js";
import { errorOf, SignInError } from "./errors.js";
import { encode, takeReply } from "./messages.js";

/**
 * A reply of the engine says what to do next. `step` names it, and src/engine/message.rs describes the members of each
 * step. `success` is the step that follows any 2xx status.
 *
 * @typedef {{ step: string, url?: string, method?: string, headers?: Record<string, string>, body?: string,
 *   usersId?: string, token?: string, success?: string, otherwise?: import("./errors.js").Fields }} Reply
 *
 * Both functions take a message and return a reply, or throw a `SignInError`.
 * @typedef {object} Engine
 * @property {(task: string) => Reply} request what to send for a task
 * @property {(answer: string, body?: Uint8Array) => Reply} interpret what an answer means
 */

/**
 * @param {WebAssembly.Module} module
 * @param {WebAssembly.Imports} imports
 */
const instantiate = (module, imports) => {
  try {
    return new WebAssembly.Instance(module, imports);
  } catch {
    // Some platforms allow only the asynchronous way, and some give a better error message there.
    return WebAssembly.instantiate(module, imports);
  }
};

/**
 * @param {WebAssembly.Module} module
 * @param {() => void} onTrap called when the engine can't be used any more: a trap leaves its memory in an unknown
 *   state
 * @returns {Promise<Engine>}
 */
export const start = async (module, onTrap) => {
  // Each instance needs glue of its own, which keeps views of the instance's memory.
  const glue = makeGlue();
  const { exports } = await instantiate(module, { "./catalyze_signin_bg.js": glue });
  if (!exports.interpret) throw new Error("This is the module of something else.");
  glue.__wbg_set_wasm(exports);
  let trapped = false;
  /**
   * @param {(message: Uint8Array, body: Uint8Array) => void} entry
   * @returns {(message: string, body?: Uint8Array) => Reply}
   */
  const guarded =
    (entry) =>
    (message, body = NO_BODY) => {
      if (trapped) throw errorOf("internal");
      const bytes = encode(message);
      let reply;
      try {
        entry(bytes, body);
        reply = takeReply();
      } catch {
        trapped = true;
        onTrap();
        throw errorOf("internal");
      } finally {
        // The message may hold the password.
        bytes.fill(0);
      }
      if (reply.error) throw new SignInError(reply.error);
      return reply;
    };
  return { request: guarded(glue.request), interpret: guarded(glue.interpret) };
};
