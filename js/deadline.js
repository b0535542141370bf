// @ts-check
// One deadline for everything that a call does.
import { attempt, errorOf, invalidArgument, isSignInError } from "./errors.js";

/**
 * The state of a call.
 *
 * @typedef {object} Wait
 * @property {boolean} over whether the call has settled
 * @property {(() => void)[]} cleanups what to run once the call has settled
 * @property {(error: any) => unknown} onGiveUp decides how the call settles when it is aborted or times out with
 *   `error`: it returns a value or throws
 * @property {() => void} expireIfDue settles the call if the deadline has passed
 *
 * @typedef {import("./options.js").Options & Wait} Call
 */

// Tests put mocks in the place of `performance`, which need not have a clock.
const now = () => globalThis.performance?.now?.() ?? Date.now();

/**
 * What the calls in progress do when their signal aborts, by signal.
 *
 * @type {WeakMap<AbortSignal, Set<() => void>>}
 */
const waiting = new WeakMap();

/**
 * A listener that calls all of `aborts`. It is not made inside `whenAborted`, because the closures of one function share
 * their scope: as long as the signal lived, its listener would hold the first call.
 *
 * @param {Set<() => void>} aborts
 */
const callAll = (aborts) => () => {
  for (const abort of [...aborts]) abort();
};

/**
 * Calls `abort` when `signal` aborts. All calls with one signal share one listener: at the eleventh, Node 20 would warn
 * of a leak.
 *
 * @param {AbortSignal} signal
 * @param {() => void} abort
 * @returns {() => void} stops this
 */
const whenAborted = (signal, abort) => {
  /** @type {Set<() => void> & { listener?: any }} */
  const aborts = waiting.get(signal) ?? new Set();
  aborts.listener ??= callAll(aborts);
  if (!aborts.size) signal.addEventListener("abort", aborts.listener);
  waiting.set(signal, aborts.add(abort));
  return () => {
    aborts.delete(abort);
    if (!aborts.size) attempt(() => signal.removeEventListener("abort", aborts.listener));
  };
};

/**
 * Runs `work` and settles once: when `work` does, at the deadline, or when the caller's signal aborts. Then it removes
 * its timer and runs the `cleanups`; one of them stops waiting for the signal.
 *
 * It uses a timer of its own, because a signal of `AbortSignal.timeout()` can be collected before it fires (measured in
 * Node 20).
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
    /** @type {<V>(resolveOrReject: (value: V) => void, value: V) => void} */
    const settle = (resolveOrReject, value) => {
      if (call.over) return;
      call.over = true;
      clearTimeout(timer);
      resolveOrReject(value);
      for (const cleanUp of call.cleanups) cleanUp();
    };
    /** @param {Error} error */
    const giveUp = (error) => {
      try {
        settle(resolve, /** @type {T} */ (call.onGiveUp(error)));
      } catch (thrown) {
        settle(reject, thrown);
      }
    };
    const abort = () => giveUp(errorOf("aborted", {}, { cause: attempt(() => signal?.reason) }));
    const expire = () => giveUp(errorOf("timeout"));
    /** @type {any} */
    const members = { __proto__: null, ...options };
    /** @type {Call} */
    const call = Object.assign(members, {
      over: false,
      cleanups: [],
      onGiveUp: (/** @type {Error} */ error) => {
        throw error;
      },
      expireIfDue: () => void (now() > deadline && expire()),
    });
    const timer = setTimeout(expire, timeoutMs);
    try {
      if (signal?.aborted) return abort();
      if (signal) call.cleanups.push(whenAborted(signal, abort));
    } catch {
      return settle(reject, invalidArgument("signal", "must be an AbortSignal"));
    }
    work(call).then(
      (value) => settle(resolve, value),
      (error) => settle(reject, isSignInError(error) ? error : errorOf("internal")),
    );
  });
