// @ts-check
// The options of a call, checked and copied before anything else happens.
import { attempt, invalidArgument } from "./errors.js";

/**
 * @typedef {import("./types.js").SessionStore} SessionStore
 * @typedef {Omit<SessionStore, "get"> & { get(): any, source: object }} Store a store whose methods have been read
 *
 * @typedef {object} Settings what a session's calls take over from the call that opened it
 * @property {string} [baseUrl]
 * @property {number} timeoutMs
 * @property {typeof globalThis.fetch} [fetch]
 *
 * @typedef {Settings & { signal?: AbortSignal, store?: Store, apiKey?: unknown, invalid?: Error }} Options
 */

/** Timers take 31 bits, and fire at once above. */
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
    const isUrl = typeof value === "string" || Object.prototype.toString.call(value) === "[object URL]";
    return isUrl ? new URL(value).href : undefined;
  });

/**
 * The last text that a base URL was made of, and that base URL: an application has one, and to parse it takes longer than
 * all else that is done with it.
 *
 * @type {any}
 */
let lastText;
/** @type {string | undefined} */
let lastBaseUrl;

/**
 * The text of a base URL, since its owner can change the object. Slashes at the end mean nothing.
 *
 * @param {any} value
 */
export const baseUrlOf = (value) => {
  if (typeof value !== "string") return hrefOf(value)?.replace(/\/+$/, "");
  if (value !== lastText) [lastText, lastBaseUrl] = [value, hrefOf(value)?.replace(/\/+$/, "")];
  return lastBaseUrl;
};

const nothing = () => {};

/**
 * A platform's own signal, of this realm or another: only those have the state behind this getter. Where the class has
 * no getter (happy-dom, Cloudflare before 2022), the class itself must do. A signal of the caller's can have members
 * that throw.
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

/** @param {any} value */
export const isFunction = (value) => typeof value === "function";

/**
 * Each option: what its value becomes, or `undefined` for a value that is refused; and the rule, which completes the
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
  // Its form is for the engine to check.
  apiKey: [(value) => (value === null ? undefined : value), "must be a string"],
};

/** @type {(keyof typeof OPTIONS)[]} */
const CALL_OPTIONS = ["timeoutMs", "signal"];

/**
 * Whether `options` has `name` from the root of all objects alone, where any script may have put it. A null-prototype
 * object is its own root.
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
 * The options of a call, or what is wrong with them: `invalid`. Each is read once, since a getter may say something else
 * the next time.
 *
 * @param {any} options
 * @param {Settings} [settings] of the session whose call it is: such a call takes `timeoutMs` and `signal`
 * @returns {Options}
 */
export const checkOptions = (options = {}, settings) => {
  // Without a prototype: what is absent must not be found on `Object.prototype`.
  const checked = /** @type {Options & Record<string, unknown>} */ (
    /** @type {unknown} */ ({ __proto__: null, timeoutMs: TIMEOUT_MS, ...settings })
  );
  /** @type {(argument: string, rule: string) => Options} */
  const refuse = (argument, rule) => Object.assign(checked, { invalid: invalidArgument(argument, rule) });
  if (typeof options !== "object" || !options) return refuse("options", "must be an object");
  for (const name of settings ? CALL_OPTIONS : Object.keys(OPTIONS)) {
    const [copy, rule] = OPTIONS[name];
    try {
      const value = options[name];
      if (value === undefined || isInherited(options, name)) continue;
      if ((checked[name] = copy(value)) === undefined) return refuse(name, rule);
    } catch {
      return refuse(name, rule);
    }
  }
  return checked;
};
