// @ts-check
// Where a session is remembered, for those who ask for it: the text that a store keeps, and the order of its operations.
import { attempt } from "./errors.js";
import { messageOf } from "./messages.js";
import { endEverywhere, listen } from "./tabs.js";

/**
 * @typedef {import("./options.js").Store} Store
 * @typedef {import("./tabs.js").SessionEnd} SessionEnd
 * @typedef {{ id: string, apiKey: string, token: string, baseUrl: string }} Entry what `resume` needs
 */

/**
 * The last operation that is under way in each store.
 *
 * @type {WeakMap<object, Promise<unknown>>}
 */
const underWay = new WeakMap();

/**
 * Does an operation when those before it in the same store are done: at once where none is under way, since the page may
 * be closing. The result is a promise only where the store made one.
 *
 * @template T
 * @param {Store} store
 * @param {() => T | Promise<T>} operation
 * @returns {T | Promise<T>}
 */
const inTurn = ({ source }, operation) => {
  const before = underWay.get(source);
  const result = before ? before.then(operation) : operation();
  if (!isThenable(result)) return result;
  const done = Promise.resolve(result).then(
    () => {},
    () => {},
  );
  underWay.set(source, done);
  done.then(() => underWay.get(source) === done && underWay.delete(source));
  return Promise.resolve(result);
};

/**
 * @param {any} value
 * @returns {value is PromiseLike<any>}
 */
const isThenable = (value) => typeof value?.then === "function";

/**
 * Hands what `work` gives to `next`, and tells `failed` of a failure: at once where `work` is synchronous.
 *
 * @template T, N
 * @param {() => T | PromiseLike<T>} work
 * @param {(value: T) => N} next
 * @param {() => N} failed
 * @returns {N | Promise<N>}
 */
export const whenDone = (work, next, failed) => {
  try {
    const value = work();
    return isThenable(value) ? Promise.resolve(value).then(next, failed) : next(value);
  } catch {
    return failed();
  }
};

/**
 * What a store holds, unless it is of another kind or version.
 *
 * @param {unknown} text
 * @returns {Entry | undefined}
 */
export const parseEntry = (text) =>
  attempt(() => {
    const entry = typeof text === "string" ? JSON.parse(text) : undefined;
    const isComplete = ["id", "apiKey", "token", "baseUrl"].every((name) => typeof entry[name] === "string");
    return entry.version === 1 && isComplete ? entry : undefined;
  });

const nothing = () => {};

/**
 * What is in the store.
 *
 * @param {Store} store
 */
export const read = (store) => inTurn(store, () => store.get());

/**
 * Takes the session `id` out of the store, but no later one.
 *
 * @param {Store} store
 * @param {string} id
 * @param {() => void} failed
 */
export const remove = (store, id, failed) =>
  inTurn(store, () => {
    const removal = () => whenDone(() => store.remove(), nothing, failed);
    return whenDone(
      () => store.get(),
      (text) => ((parseEntry(text)?.id ?? id) === id ? removal() : undefined),
      removal,
    );
  });

/** Tells one session from another in the store. It is no secret, so any random number will do. */
const newId = () =>
  Array.from(attempt(() => crypto.getRandomValues(new Uint32Array(4))) ?? [Math.random(), Math.random()]).join("-");

/**
 * Remembers a session for `resume`.
 *
 * @param {Store} store
 * @param {Omit<Entry, "id"> & { id?: string }} entry with an `id` where the store has it already
 * @param {import("./tabs.js").Member} session
 * @param {() => void} failed
 */
export const remember = (store, { apiKey, token, baseUrl, id: known }, session, failed) => {
  const id = known ?? newId();
  const set = () => store.set(messageOf({ version: 1, id, apiKey, token, baseUrl }));
  const stored = known ? undefined : inTurn(store, () => whenDone(set, nothing, failed));
  const leave = listen(id, session);
  return {
    /** A promise while the store is not done with it. */
    stored,
    /**
     * Takes the session out of the store, and tells the other tabs. A promise while the store is not done with it.
     *
     * @param {SessionEnd} reason
     * @param {boolean} isKnown to the other tabs
     * @param {() => void} failed
     */
    forget: (reason, isKnown, failed) => {
      leave();
      const removed = remove(store, id, failed);
      if (!isKnown) endEverywhere(id, reason);
      return removed;
    },
  };
};

/**
 * A store over the browser's own storage. By name it is looked up at each use: where cookies are
 * blocked, the mere expression `localStorage` throws.
 *
 * @param {"localStorage" | "sessionStorage" | import("./index.js").WebStorage} area
 * @param {string} [key] another for each application of one origin
 */
export const webStorage = (area, key = "catalyze-signin") => {
  const storage = () => {
    if (typeof area !== "string") return area;
    // A server's own storage (Deno's, Node 25's) would be shared by all whom it serves, and Node's prints a warning.
    const isServers = !globalThis.document && Object.getOwnPropertyDescriptor(globalThis, area)?.get;
    return isServers ? undefined : /** @type {any} */ (globalThis)[area];
  };
  return {
    get: () => storage().getItem(key),
    /** @param {string} text */
    set: (text) => storage().setItem(key, text),
    remove: () => storage().removeItem(key),
  };
};
