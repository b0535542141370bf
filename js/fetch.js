// @ts-check
// How `session.fetch` checks and completes its arguments, which are those of the platform's `fetch`.
import { attempt } from "./errors.js";
import { collected } from "./memory.js";
import { isFunction, isInherited } from "./options.js";

/**
 * The URL of a `Request` of this realm or another; `undefined` for any other value. Read by the platform's own getter:
 * an object that only looks like a request could name one URL here and another to `fetch`.
 *
 * @param {any} value
 * @returns {string | undefined}
 */
export const urlOfRequest = (value) =>
  attempt(() => Object.getOwnPropertyDescriptor(Request.prototype, "url")?.get?.call(value));

/**
 * Copies the members of `init`, and lets the platform check them before anything is sent. Throws if no request can be
 * made of them. What `init` leaves out is taken from `input`, if that is a `Request`. `init` itself can't be a
 * `Request`: not every platform can copy its body.
 *
 * @param {any} input
 * @param {any} [init] also `null`, as for the platform's
 * @returns {Record<string, any>}
 */
export const checkFetch = (input, init) => {
  init ??= {};
  /** @type {Record<string, any>} */
  const members = { __proto__: null };
  // `for … in` would not find the getters of a class.
  for (let holder = init; holder; holder = Object.getPrototypeOf(holder)) {
    for (const name of Object.getOwnPropertyNames(holder)) {
      if (!isInherited(init, name)) members[name] ??= init[name];
    }
  }
  // The method and the mode are set even to the platform's defaults: Node looks for an absent member on
  // `Object.prototype`.
  const request = urlOfRequest(input) ? input : { __proto__: null, method: "GET", mode: "cors" };
  const {
    signal = request.signal,
    headers = request.headers,
    body,
    method = request.method,
    mode = request.mode,
  } = members;
  // A body that has been read, or is being read by somebody else, can't be sent.
  const isRead = body == null ? request.bodyUsed : body.locked;
  if (typeof init !== "object" || urlOfRequest(init) || isRead) throw new TypeError();
  // A body can be read only once, so an empty one stands in for it. For a stream that is a stream, which needs `duplex`.
  const standIn = body?.getReader ? new body.constructor() : ((body && "") ?? null);
  // Jest's jsdom has neither `Request` nor `Headers`.
  /** @type {any} */
  const checked = { __proto__: null, ...members, method, mode, signal: null, body: standIn };
  if (typeof Request === "function") new Request("https://h", checked);
  const entries = typeof Headers === "function" ? [...new Headers(headers)] : Object.entries(headers ?? {});
  return Object.assign(members, { method, mode, signal, headers: entries });
};

/**
 * The second argument of `fetch`: the caller's members, and those that the caller can't override. It has no prototype,
 * since `fetch` would read what any script has put on `Object.prototype`.
 *
 * @param {Record<string, any> | undefined} members
 * @param {Record<string, string> | undefined} own the session's headers
 * @param {AbortSignal} signal
 * @returns {RequestInit}
 */
export const mergedInit = (members, own = {}, signal) => {
  /** @type {[string, string][]} */
  const entries = members?.headers ?? [];
  const headers = new Map(entries.map(([name, value]) => [name.toLowerCase(), value]));
  for (const name of Object.keys(own)) {
    if (name !== "Accept" || !headers.has("accept")) headers.set(name.toLowerCase(), own[name]);
  }
  const init = {
    __proto__: null,
    ...members,
    headers: Object.fromEntries(headers),
    credentials: "omit",
    redirect: "manual",
    signal,
  };
  return /** @type {RequestInit} */ (/** @type {unknown} */ (init));
};

/**
 * Keeps the values alive as long as the keys, which are signals and responses. Node would collect the sources of
 * `AbortSignal.any()`, and a `Request` whose signal is still in use.
 *
 * @type {WeakMap<object, unknown>}
 */
const heldBy = new WeakMap();

/**
 * Calls `release` when a reader has come to the end of a body. This is not inside `follow`, because the closures of one
 * function share their scope: through its new `getReader`, the body would hold the response, and an open connection
 * holds the body.
 *
 * @param {any} body
 * @param {() => void} release
 */
const releaseWhenRead = (body, release) => {
  const { getReader } = body;
  if (!isFunction(getReader)) return;
  body.getReader = (/** @type {any} */ options) => {
    const reader = getReader.call(body, options);
    reader.closed.then(release, release);
    return reader;
  };
};

/**
 * A signal that aborts with `controller`, and with the caller's signal until the body has been read or dropped.
 *
 * @param {AbortController} controller
 * @param {AbortSignal | null | undefined} signal
 * @param {import("./deadline.js").Call} call
 * @param {any} input may be a `Request`, and `signal` its signal
 * @returns {{ signal: AbortSignal, begun: (response: any) => void }} `begun` must be called with the response
 */
export const follow = (controller, signal, call, input) => {
  if (!signal) return { signal: controller.signal, begun: () => {} };
  const either = attempt(() => AbortSignal.any([controller.signal, signal]));
  if (either) {
    // While the body is pending, the platform holds the signal that it was given, but not always the response.
    heldBy.set(either, [signal, controller, input]);
    // The key is the response, not its body: WebKit reports other errors once a script has touched the body.
    const begun = (/** @type {any} */ response) => void attempt(() => heldBy.set(response, either));
    return { signal: either, begun };
  }
  // The platform is from before 2023 and has no `AbortSignal.any()`, or the signal is not the platform's own.
  const abort = () => controller.abort(signal.reason);
  const release = () => {
    signal.removeEventListener("abort", abort);
    // `input` had to be held until now: once a `Request` is collected, its signal does not abort any more.
    input = undefined;
  };
  signal.addEventListener("abort", abort);
  let hasBegun = false;
  call.cleanups.push(() => hasBegun || release());
  const begun = (/** @type {any} */ response) => {
    const { body } = response;
    hasBegun = !!body;
    if (!hasBegun) return;
    // A body can also be dropped unread.
    collected?.register(body, release);
    for (const name of ["arrayBuffer", "blob", "bytes", "formData", "json", "text"]) {
      const read = response[name];
      if (isFunction(read)) response[name] = () => read.call(response).finally(release);
    }
    releaseWhenRead(body, release);
  };
  return { signal: controller.signal, begun };
};
