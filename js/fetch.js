// @ts-check
// What `Session.fetch` makes of the platform's arguments of `fetch`.
import { attempt } from "./errors.js";
import { isFunction, isInherited } from "./options.js";

/**
 * The address of a `Request` of the platform's, of this realm or another; `undefined` for any other value. Read from the
 * request itself: an object that looks like one could name one address here and another to `fetch`.
 *
 * @param {any} value
 * @returns {string | undefined}
 */
export const urlOfRequest = (value) =>
  attempt(() => Object.getOwnPropertyDescriptor(Request.prototype, "url")?.get?.call(value));

/**
 * A copy of what `fetch` is to be told, checked by the platform itself before anything is sent; it throws for what no
 * request can be made of. What `init` leaves out, a `Request` as `input` says. No `Request` as `init`: its body can't be
 * copied everywhere.
 *
 * @param {any} input
 * @param {any} [init]
 * @returns {Record<string, any>}
 */
export const checkFetch = (input, init = {}) => {
  if (typeof init !== "object" || !init || urlOfRequest(init)) throw new TypeError();
  /** @type {Record<string, any>} */
  const members = { __proto__: null };
  for (const name in init) if (!isInherited(init, name)) members[name] = init[name];
  // The method and the mode are said even where they are the platform's own: Node looks for what is absent on
  // `Object.prototype`.
  const request = urlOfRequest(input) ? input : { __proto__: null, method: "GET", mode: "cors" };
  const {
    signal = request.signal,
    headers = request.headers,
    body,
    method = request.method,
    mode = request.mode,
  } = members;
  // Jest's jsdom has no Request. A body can be read once, so another stands in for it.
  /** @type {any} */
  const checked = { __proto__: null, ...members, method, mode, signal: null, body: body == null ? null : "" };
  if (typeof Request === "function") new Request("https://h", checked);
  // Nor has it Headers.
  const entries = typeof Headers === "function" ? [...new Headers(headers)] : Object.entries(headers ?? {});
  return Object.assign(members, { method, mode, signal, headers: entries });
};

/**
 * The members of `fetch`'s second argument, with what the caller can't override. Without a prototype, since `fetch`
 * would heed what any script has put on `Object.prototype`.
 *
 * @param {Record<string, any> | undefined} members
 * @param {Record<string, string> | undefined} own headers
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
 * What must live as long as the signal that was made of it, or as a response: Node collects the sources of
 * `AbortSignal.any()`, and a `Request` whose signal is still followed.
 *
 * @type {WeakMap<object, unknown>}
 */
const heldBy = new WeakMap();

/** Lets go of the caller's signal when a body has been dropped unread. workerd has no such registry before 2024. */
const dropped =
  typeof FinalizationRegistry === "function"
    ? new FinalizationRegistry((/** @type {() => void} */ release) => release())
    : undefined;

/**
 * Lets go of the caller's signal when a reader has come to the end of a body. Apart from `follow`, whose closures would
 * share their scope with this one: an open connection holds the body, which must not hold its response.
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
 * @param {any} input may be a `Request`, whose signal this is
 * @returns {{ signal: AbortSignal, begun: (response: any) => void }} `begun` is to be told of the response
 */
export const follow = (controller, signal, call, input) => {
  if (!signal) return { signal: controller.signal, begun: () => {} };
  const either = attempt(() => AbortSignal.any([controller.signal, signal]));
  if (either) {
    // While the body is pending, the platform holds the signal that it was given, and not always the response.
    heldBy.set(either, [signal, controller, input]);
    // By the response, not by its body: WebKit tells another error once a script has looked at the body.
    const begun = (/** @type {any} */ response) => void attempt(() => heldBy.set(response, either));
    return { signal: either, begun };
  }
  // A platform before 2023, or a signal that is not its own.
  const abort = () => controller.abort(signal.reason);
  const release = () => {
    signal.removeEventListener("abort", abort);
    // Held until now: the signal of a `Request` that is collected follows nothing.
    input = undefined;
  };
  signal.addEventListener("abort", abort);
  let hasBegun = false;
  call.leaving.push(() => hasBegun || release());
  const begun = (/** @type {any} */ response) => {
    const { body } = response;
    hasBegun = !!body;
    if (!hasBegun) return;
    dropped?.register(body, release);
    for (const name of ["arrayBuffer", "blob", "bytes", "formData", "json", "text"]) {
      const read = response[name];
      if (isFunction(read)) response[name] = () => read.call(response).finally(release);
    }
    releaseWhenRead(body, release);
  };
  return { signal: controller.signal, begun };
};
