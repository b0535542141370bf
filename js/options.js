// @ts-check
// The options of a call, checked and copied before anything else happens.
import { attempt, invalidArgument, nothing } from "./errors.js";

/**
 * @typedef {import("./types.js").SessionStore} SessionStore
 * @typedef {Omit<SessionStore, "get"> & { get(): any, source: object }} Store the bound methods of a store, and the
 *   store
 *
 * @typedef {object} Settings what the calls of a session take over from the call that opened it
 * @property {string} [baseUrl]
 * @property {number} timeoutMs
 * @property {typeof globalThis.fetch} [fetch]
 *
 * @typedef {Settings & { signal?: AbortSignal, store?: Store, apiKey?: unknown, invalid?: Error }} Options
 */

/** Timers take 31 bits. With a longer delay they fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const BASE_URL = "https://api.catalyze.io";

const TIMEOUT_MS = 30_000;

/**
 * The absolute URL that a string or a URL stands for, or `undefined`.
 *
 * @param {any} value
 */
export const hrefOf = (value) =>
  attempt(() => {
    const isUrl = typeof value === "string" || tagOf(value) === "URL";
    return isUrl ? new URL(value).href : undefined;
  });

/**
 * The last text that was parsed as a base URL, and the result. An application has one base URL, and parsing it takes
 * longer than everything else that is done with it.
 *
 * @type {any}
 */
let lastText;
/** @type {string | undefined} */
let lastBaseUrl;

/**
 * A base URL as a text, without slashes at its end. A `URL` itself would not do: the caller could change it later.
 *
 * @param {any} value
 */
export const baseUrlOf = (value) => {
  if (typeof value !== "string") return hrefOf(value)?.replace(/\/+$/, "");
  if (value !== lastText) [lastText, lastBaseUrl] = [value, hrefOf(value)?.replace(/\/+$/, "")];
  return lastBaseUrl;
};

/**
 * Whether `signal` is an `AbortSignal` of this realm or another. The platform's getter `aborted` works for real signals
 * only. If the class has no such getter (happy-dom, Cloudflare before 2022), `instanceof` has to do. Throws if one of
 * the signal's members throws.
 *
 * @param {AbortSignal} signal
 */
const isAbortSignal = (signal) => {
  signal.addEventListener("abort", nothing);
  signal.removeEventListener("abort", nothing);
  const aborted = Object.getOwnPropertyDescriptor(AbortSignal.prototype, "aborted");
  const state = aborted ? aborted.get?.call(signal) : signal instanceof AbortSignal;
  return state !== undefined && (aborted || state) && signal.aborted !== undefined;
};

/**
 * The name of the platform's class that `value` is of, in whatever realm.
 *
 * @param {unknown} value
 */
export const tagOf = (value) => Object.prototype.toString.call(value).slice(8, -1);

/** @param {any} value */
export const isFunction = (value) => typeof value === "function";

/**
 * For each option, `copy` makes a checked copy of its value, or `undefined` of an invalid one, and `rule` completes the
 * sentence "`option` …".
 *
 * @type {Record<string, [copy: (value: any) => unknown, rule: string]>}
 */
const OPTIONS = {
  baseUrl: [baseUrlOf, "must be an absolute URL"],
  timeoutMs: [
    (value) => (Number.isFinite(value) && value > 0 ? Math.min(value, LONGEST_TIMER_MS) : undefined),
    "must be a finite number above 0",
  ],
  signal: [(value) => (isAbortSignal(value) ? value : undefined), "must be an AbortSignal"],
  fetch: [(value) => (isFunction(value) ? value : undefined), "must be a function"],
  store: [
    (store) => {
      const methods = [store.get, store.set, store.remove];
      const [get, set, remove] = methods.map((method) => method.bind(store));
      return methods.every(isFunction) ? { source: store, get, set, remove } : undefined;
    },
    "must have the methods get, set and remove",
  ],
  // The engine checks its form.
  apiKey: [(value) => (value === null ? undefined : value), "must be a string"],
};

/** @type {(keyof typeof OPTIONS)[]} */
const CALL_OPTIONS = ["timeoutMs", "signal"];

/**
 * Whether `options` has `name` only from `Object.prototype`, where any script may have put it. An object without a
 * prototype inherits nothing.
 *
 * @param {object} options
 * @param {string} name
 */
export const isInherited = (options, name) => {
  let holder = options;
  for (let next; (next = Object.getPrototypeOf(holder)); holder = next) {
    if (Object.hasOwn(holder, name)) return false;
  }
  return holder !== options && Object.hasOwn(holder, name) && Object.hasOwn(holder, "isPrototypeOf");
};

/**
 * Checks and copies the options of a call. If one is wrong, `invalid` is the error. Each option is read once, since a
 * getter may return something else the next time.
 *
 * @param {any} options
 * @param {Settings} [settings] those of a session, whose calls take the options `timeoutMs` and `signal` only
 * @returns {Options}
 */
export const checkOptions = (options = {}, settings) => {
  // No prototype: an absent option must not be found on `Object.prototype`.
  const checked = /** @type {Options & Record<string, unknown>} */ (
    /** @type {unknown} */ ({ __proto__: null, timeoutMs: TIMEOUT_MS, ...settings })
  );
  /** @type {(argument: string, rule: string) => Options} */
  const fail = (argument, rule) => Object.assign(checked, { invalid: invalidArgument(argument, rule) });
  if (typeof options !== "object" || !options) return fail("options", "must be an object");
  for (const name of settings ? CALL_OPTIONS : Object.keys(OPTIONS)) {
    const [copy, rule] = OPTIONS[name];
    try {
      const value = options[name];
      if (value === undefined || isInherited(options, name)) continue;
      if ((checked[name] = copy(value)) === undefined) return fail(name, rule);
    } catch {
      return fail(name, rule);
    }
  }
  return checked;
};
