// Watches a call for what 4 and 6 of docs/promises.md promise of every call: it settles once and in time, it leaves
// nothing behind, and it leaks no secret. This uses nothing of Node's, since pages load it too.
import { guardDeadline } from "./deadline.mjs";
import { leaks } from "./outcome.mjs";
import { endTimer, nextTurn, startTimer } from "./timers.mjs";

/** How long to wait for a call that has missed its deadline. */
const GIVEN_UP_MS = 10_000;

/** The deadline of a call without a `timeoutMs`: the package's default. */
const DEFAULT_TIMEOUT_MS = 30_000;

/** Longer than any timer of a platform. */
const LONGEST_TIMER_MS = 2 ** 31;

/** The runner rejects a promise with this text, to learn when the platform has reported all earlier rejections. */
const OWN_REJECTION = "the runner's own rejection";

/**
 * Puts watches on the timers, the console and `fetch`, before the package is loaded.
 *
 * @param {object} host
 * @param {string} host.packageUrl the URL that the package is imported from, with a slash at its end
 * @param {(complain: (text: string) => void) => void} host.onUnhandled
 */
export function watchPlatform(host) {
  /** What is wrong, but belongs to no single call. */
  const complaints = [];
  /** The package's timers: by the platform's id, the call that started the timer. */
  const timers = new Map();
  /** By base URL, a function that sends the requests in place of `fetch`, as `(send, init) => answer`. */
  const observers = new Map();
  const watch = { complaints, timers, observers, calling: undefined, messages: new Map() };

  const { setTimeout, clearTimeout, setInterval, fetch } = globalThis;
  globalThis.setTimeout = (work, ms, ...rest) => {
    const id = startTimer(
      (...values) => {
        timers.delete(id);
        work(...values);
      },
      ms,
      ...rest,
    );
    if (isCalledBy(host.packageUrl)) timers.set(id, watch.calling);
    return id;
  };
  globalThis.clearTimeout = (id) => {
    timers.delete(id);
    endTimer(id);
  };
  globalThis.setInterval = () => complaints.push("setInterval was called");
  globalThis.fetch = async (url, init) => {
    const observe = observers.get(String(url).replace(/(\/deep\/er)?\/v2\/auth\/signin$/, ""));
    return observe ? observe(() => fetch(url, init), init) : fetch(url, init);
  };

  const methods = Object.entries(console).filter(([, method]) => typeof method === "function");
  for (const [method, original] of methods) {
    console[method] = (...values) => {
      complaints.push(`console.${method} was called with ${values.map(String)}`);
      original.apply(console, values);
    };
  }

  let onOwnRejection;
  host.onUnhandled((text) => {
    if (text.includes(OWN_REJECTION)) onOwnRejection();
    else complaints.push(`nobody handled ${text}`);
  });
  // Platforms report unhandled rejections some time after the microtasks, and in the order in which they happened.
  watch.unhandledAreReported = () => {
    const reported = new Promise((resolve) => (onOwnRejection = resolve));
    Promise.reject(OWN_REJECTION);
    return reported;
  };

  /** Removes the watches. */
  watch.stop = () => {
    Object.assign(globalThis, { setTimeout, clearTimeout, setInterval, fetch });
    Object.assign(console, Object.fromEntries(methods));
    return complaints;
  };
  return watch;
}

/** Whether a file of the package called the watched function. The platform's own `fetch` starts timers too. */
function isCalledBy(packageUrl) {
  const [, , caller] = new Error().stack.split("\n").filter((line) => /:\d+:\d+/.test(line));
  return Boolean(caller?.includes(packageUrl));
}

/**
 * Starts one call and watches it to its end.
 *
 * @param {{ watch: object, host: object, faults: string[] }} context whatever is wrong with the call is added to
 *   `faults`
 * @param {{ options?: object, signal?: AbortSignal, secrets?: unknown[] }} given what the call is given
 * @param {() => Promise<unknown>} start
 * @returns the outcome: `value`, or `error` and `rejected`; or `threw` or `neverSettled`
 */
export async function watchedCall({ watch, host, faults }, { options, signal, secrets = [] }, start) {
  const listeners = signal && countListeners(signal);
  const call = {};
  const deadline = guardDeadline(timeoutOf(options));
  let promise;
  watch.calling = call;
  try {
    promise = start();
  } catch {
    faults.push("the call threw");
    return { threw: true };
  } finally {
    watch.calling = undefined;
  }
  deadline.callHasBegun();
  if (!(promise instanceof Promise)) faults.push("the call gave no promise");

  let giveUp;
  let settlements = 0;
  const outcome = await new Promise((resolve) => {
    giveUp = startTimer(() => resolve({ neverSettled: true }), timeoutOf(options) + GIVEN_UP_MS);
    const settle = (result) => {
      settlements++;
      deadline.callHasSettled();
      // Checked at once: a moment later, the caller may have navigated away.
      if ([...watch.timers.values()].includes(call)) faults.push("a timer is left");
      if (listeners?.count()) faults.push(`${listeners.count()} listeners are left on the caller's signal`);
      resolve(result);
    };
    promise.then(
      (value) => settle({ value }),
      (error) => settle({ error, rejected: true }),
    );
  });
  endTimer(giveUp);
  if (outcome.neverSettled) {
    faults.push("the call never settled");
    return outcome;
  }
  faults.push(...(await deadline.faults({ timedOut: outcome.error?.code === "timeout" })));
  await nextTurn();
  if (settlements !== 1) faults.push(`the call settled ${settlements} times`);
  outcome.reason = signal?.reason;
  faults.push(...leaks(outcome, secrets, host));
  return outcome;
}

function timeoutOf(options) {
  try {
    const { timeoutMs } = options;
    const isValid = typeof timeoutMs === "number" && timeoutMs > 0 && timeoutMs < LONGEST_TIMER_MS;
    return isValid ? timeoutMs : DEFAULT_TIMEOUT_MS;
  } catch {
    return DEFAULT_TIMEOUT_MS;
  }
}

/** Counts the listeners on `signal`, by replacing its methods. */
function countListeners(signal) {
  const listeners = [];
  const add = (listener) => listeners.push(listener);
  const remove = (listener) => listeners.includes(listener) && listeners.splice(listeners.indexOf(listener), 1);
  for (const [method, note] of Object.entries({ addEventListener: add, removeEventListener: remove })) {
    const original = signal[method];
    Object.defineProperty(signal, method, {
      value(type, listener, ...rest) {
        if (type === "abort") note(listener);
        return original.call(this, type, listener, ...rest);
      },
    });
  }
  return { count: () => listeners.length + (signal.onabort ? 1 : 0) };
}
