// @ts-check
// An engine: one instance of the WebAssembly module, and what makes an error of a trap in it.
import makeGlue from "./catalyze_signin_bg.js";
import { errorOf, SignInError } from "./errors.js";
import { encode, takeReply } from "./messages.js";

/**
 * What follows, by name; the rest is as src/engine/message.rs tells of each. `success` is the step that follows any
 * status of success.
 *
 * @typedef {{ step: string, url?: string, method?: string, headers?: Record<string, string>, body?: string,
 *   usersId?: string, token?: string, success?: string, otherwise?: import("./errors.js").Fields }} Step
 *
 * Each takes a message, and gives a step or throws a `SignInError`.
 * @typedef {object} Engine
 * @property {(task: string) => Step} request what is to be sent for a task
 * @property {(answer: string, body?: Uint8Array) => Step} interpret what an answer means
 */

const NO_BODY = new Uint8Array();

/**
 * @param {WebAssembly.Module} module
 * @param {WebAssembly.Imports} imports
 */
const instantiate = (module, imports) => {
  try {
    return new WebAssembly.Instance(module, imports);
  } catch {
    // A platform that insists on doing it asynchronously, or one that says better what is wrong.
    return WebAssembly.instantiate(module, imports);
  }
};

/**
 * @param {WebAssembly.Module} module
 * @param {() => void} onTrap told when the engine can't be used any more: a trap leaves its memory in any state
 * @returns {Promise<Engine>}
 */
export const start = async (module, onTrap) => {
  // Made anew for each instance, whose memory it has views of.
  const glue = makeGlue();
  const { exports } = await instantiate(module, { "./catalyze_signin_bg.js": glue });
  if (!exports.interpret) throw new Error("This is the module of something else.");
  glue.__wbg_set_wasm(exports);
  let trapped = false;
  /**
   * @param {(message: Uint8Array, body: Uint8Array) => void} entry
   * @returns {(message: string, body?: Uint8Array) => Step}
   */
  const asker =
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
        // It may hold the password.
        bytes.fill(0);
      }
      if (reply.error) throw new SignInError(reply.error);
      return reply;
    };
  return { request: asker(glue.request), interpret: asker(glue.interpret) };
};
