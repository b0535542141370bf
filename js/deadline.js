// @ts-check
// One deadline over all that a call does.
import { attempt, errorOf, invalidArgument, isSignInError } from "./errors.js";

/**
 * A call that its caller waits for.
 *
 * @typedef {object} Wait
 * @property {boolean} over whether the caller has its outcome
 * @property {(() => void)[]} leaving what is left to do when it has
 * @property {(error: Error) => unknown} instead what the caller gets in place of an abort or a timeout
 * @property {() => void} expireIfDue
 *
 * @typedef {import("./options.js").Options & Wait} Call
 */

const now = () => (typeof performance === "object" ? performance : Date).now();

/**
 * Runs `work` and settles once: with its outcome, at the deadline, or when the caller's signal aborts. Then neither a
 * timer nor a listener is left, and what `work` has put into `leaving` has been done.
 *
 * One timer of our own, since a signal of `AbortSignal.timeout()` can be collected before it fires (measured in Node 20).
 *
 * @template T
 * @param {import("./options.js").Options} options
 * @param {(call: Call) => Promise<T>} work
 * @returns {Promise<T>}
 */
export const withDeadline = ({ signal, ...options }, work) =>
  new Promise((resolve, reject) => {
    const { timeoutMs } = options;
    const deadline = now() + timeoutMs;
    /** @type {<V>(outcome: (value: V) => void, value: V) => void} */
    const settle = (outcome, value) => {
      if (call.over) return;
      call.over = true;
      clearTimeout(timer);
      attempt(() => signal?.removeEventListener("abort", abort));
      outcome(value);
      for (const leave of call.leaving) leave();
    };
    /** @param {Error} error */
    const giveUp = (error) => {
      try {
        settle(resolve, /** @type {T} */ (call.instead(error)));
      } catch (instead) {
        settle(reject, instead);
      }
    };
    const abort = () => giveUp(errorOf("aborted", {}, { cause: attempt(() => signal?.reason) }));
    const expire = () => giveUp(errorOf("timeout"));
    /** @type {any} */
    const members = { __proto__: null, ...options };
    /** @type {Call} */
    const call = Object.assign(members, {
      over: false,
      leaving: [],
      instead: (/** @type {Error} */ error) => {
        throw error;
      },
      expireIfDue: () => void (now() > deadline && expire()),
    });
    const timer = setTimeout(expire, timeoutMs);
    try {
      if (signal?.aborted) return abort();
      signal?.addEventListener("abort", abort);
    } catch {
      return settle(reject, invalidArgument("signal", "must be an AbortSignal"));
    }
    work(call).then(
      (value) => settle(resolve, value),
      (error) => settle(reject, isSignInError(error) ? error : errorOf("internal")),
    );
  });
