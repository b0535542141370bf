// @ts-check
// How a session is kept in a store, if the caller gives one: the text that is stored, and the order of the operations.
import { attempt, nothing } from "./errors.js";
import { messageOf } from "./messages.js";
import { isFunction } from "./options.js";
import { endEverywhere, listen } from "./tabs.js";

/**
 * @typedef {import("./options.js").Store} Store
 * @typedef {import("./tabs.js").SessionEnd} SessionEnd
 * @typedef {{ id: string, apiKey: string, token: string, baseUrl: string }} Entry what `resume` needs
 */

/**
 * The last unfinished operation of each store.
 *
 * @type {WeakMap<object, Promise<unknown>>}
 */
const pending = new WeakMap();

/**
 * Runs `operation` when the earlier operations of the same store are done. If they are, it runs at once, since the page
 * may be closing. Returns a promise only if the store itself returns promises.
 *
 * @template T
 * @param {Store} store
 * @param {() => T | Promise<T>} operation
 * @returns {T | Promise<T>}
 */
const inTurn = ({ source }, operation) => {
  const before = pending.get(source);
  const result = before ? before.then(operation) : operation();
  if (!isThenable(result)) return result;
  const done = Promise.resolve(result).then(
    () => {},
    () => {},
  );
  pending.set(source, done);
  done.then(() => pending.get(source) === done && pending.delete(source));
  return Promise.resolve(result);
};

/**
 * @param {any} value
 * @returns {value is PromiseLike<any>}
 */
const isThenable = (value) => isFunction(value?.then);

/**
 * Calls `next` with the result of `work`, or `failed` if `work` throws or rejects: at once if `work` is synchronous.
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
 * The entry that a stored text holds; `undefined` for any other text, and for another version.
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

/**
 * Reads the store.
 *
 * @param {Store} store
 */
export const read = (store) => inTurn(store, () => store.get());

/**
 * Removes the session `id` from the store, but not a later session.
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

/** A new session's id in the store. It is no secret, so any random number will do. */
const newId = () =>
  Array.from(attempt(() => crypto.getRandomValues(new Uint32Array(4))) ?? [Math.random(), Math.random()]).join("-");

/**
 * Keeps a session for `resume`.
 *
 * @param {Store} store
 * @param {Omit<Entry, "id"> & { id?: string }} entry has an `id` if the store has the session already
 * @param {import("./tabs.js").Member} session
 * @param {() => void} failed
 */
export const remember = (store, { apiKey, token, baseUrl, id: known }, session, failed) => {
  const id = known ?? newId();
  const set = () => store.set(messageOf({ version: 1, id, apiKey, token, baseUrl }));
  const stored = known ? undefined : inTurn(store, () => whenDone(set, nothing, failed));
  const leave = listen(id, session);
  return {
    /** A promise if the store needs time. */
    stored,
    /**
     * Removes the session from the store, and tells the other tabs. Returns a promise if the store needs time.
     *
     * @param {SessionEnd} reason
     * @param {boolean} isKnown whether the other tabs know already
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
 * A store over the browser's own storage. A storage that is given by its name is looked up at each use: where cookies
 * are blocked, the mere expression `localStorage` throws.
 *
 * @param {"localStorage" | "sessionStorage" | import("./index.js").WebStorage} area
 * @param {string} [key] each application of an origin needs its own
 */
export const webStorage = (area, key = "catalyze-signin") => {
  const storage = () => {
    if (typeof area !== "string") return area;
    // All users of a server would share its own storage (Deno's, Node 25's), and Node prints a warning for it.
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
