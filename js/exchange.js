// @ts-check
// Sends the engine's requests, waits for the answers and hands them to the engine. No other file talks to the service.
import { dropBody, NO_BODY, readBody } from "./body.js";
import { attempt, errorOf, invalidArgument, nothing, SignInError } from "./errors.js";
import { messageOf } from "./messages.js";
import { isFunction } from "./options.js";

/**
 * @typedef {import("./deadline.js").Call} Call
 * @typedef {import("./engine.js").Engine} Engine
 * @typedef {import("./engine.js").Reply} Reply
 * @typedef {(call?: Call) => Engine | Promise<Engine>} Load
 * @typedef {[input: any, init: RequestInit]} Request the arguments of `fetch`
 *
 * What to do, in the words of src/engine/message.rs.
 * @typedef {{ operation: string, baseUrl: string, apiKey: unknown } & Record<string, unknown>} Task
 *
 * A request in progress, and the calls that wait for its answer.
 * @typedef {object} Flight
 * @property {string | undefined} key says which calls may share the flight
 * @property {typeof globalThis.fetch} fetch
 * @property {object} [store]
 * @property {Set<Call>} calls
 * @property {boolean} over whether the answer is complete, or no longer wanted
 * @property {AbortController} controller
 * @property {() => any} cancel cancels the rest of the answer's body
 * @property {SignInError} [otherwise] the error that the answer's status stands for, while its body is being read
 * @property {Promise<LastAnswer | undefined>} [answer]
 * @property {Map<number, any>} outcomes what the calls resolve with, by their `timeoutMs`
 *
 * The last answer of a task, and what it means.
 * @typedef {{ reply: Reply, body: Uint8Array, response: any }} LastAnswer
 */

/** @type {Set<Flight>} */
const flights = new Set();

/**
 * Runs `work`, and ignores its errors. Nothing waits for the result or depends on it.
 *
 * @param {() => unknown} work
 */
export const quietly = async (work) => {
  try {
    await work();
  } catch {
    // `work` may throw or reject.
  }
};

/**
 * Ends a request whose answer, or the rest of it, is not wanted.
 *
 * @param {Flight} flight
 */
const abandon = (flight) => {
  flight.over = true;
  quietly(() => flight.cancel());
  flight.controller.abort();
};

/**
 * Adds `call` to the flight of `key`, and begins that flight if there is none. Calls share a flight if they have the
 * same key, the same `fetch` and the same store. When no call waits any more, the request is ended.
 *
 * @param {Call} call
 * @param {string | undefined} key `undefined` for a request that no other call may share
 * @param {(flight: Flight) => Promise<LastAnswer | undefined>} begin
 * @returns {Flight & { answer: Promise<LastAnswer | undefined> }}
 */
const board = (call, key, begin) => {
  // Looked up at each call: a test or another script may have replaced the global `fetch`.
  const { fetch = globalThis.fetch, store } = call;
  if (!isFunction(fetch)) throw invalidArgument("fetch", "must be a function");
  const shared = [...flights].find(
    (other) => other.key === key && other.fetch === fetch && other.store === store?.source,
  );
  /** @type {Flight} */
  const flight = (key && shared) || {
    key,
    fetch,
    store: store?.source,
    calls: new Set(),
    over: false,
    controller: new AbortController(),
    cancel: nothing,
    outcomes: new Map(),
  };
  flights.add(flight);
  flight.calls.add(call);
  call.cleanups.push(() => {
    flight.calls.delete(call);
    if (flight.calls.size || flight.over) return;
    flights.delete(flight);
    abandon(flight);
  });
  call.onGiveUp = (error) => {
    throw (error.code === "timeout" && flight.otherwise) || error;
  };
  // The flight begins a microtask later, so that all calls that were made together can join it.
  flight.answer ??= Promise.resolve(flight).then(begin);
  return /** @type {any} */ (flight);
};

/** @type {boolean | undefined} */
let knowsCache;

/**
 * The arguments of `fetch`. The second has no prototype, since `fetch` would read what any script has put on
 * `Object.prototype`. With `redirect: "error"`, a browser would report a redirect as a broken network.
 *
 * @param {Reply} reply
 * @param {AbortSignal} signal
 * @returns {Request}
 */
const requestOf = ({ url, method, headers, body }, signal) => {
  // Cloudflare's fetch throws for `cache` under a compatibility date before November 2024.
  knowsCache ??= typeof Request !== "function" || !!attempt(() => new Request("https://h", { cache: "no-store" }));
  const init = {
    __proto__: null,
    method,
    headers,
    body,
    mode: "cors",
    credentials: "omit",
    ...(knowsCache && { cache: "no-store" }),
    redirect: "manual",
    referrerPolicy: "no-referrer",
    signal,
  };
  return [url, /** @type {RequestInit} */ (/** @type {unknown} */ (init))];
};

/**
 * Whether `code` is a part of a secret, or holds one.
 *
 * @param {string} code
 * @param {Task} task
 */
const repeats = (code, { apiKey, password, token }) => {
  const secrets = `${apiKey} ${password} ${token}`;
  return secrets.includes(code) || secrets.split(" ").some((part) => part && code.includes(part));
};

/**
 * What is passed on of a failure of `fetch`: the platform's code, such as `ENOTFOUND`. The platform's message may quote
 * a header, and with it the API key.
 *
 * @param {any} error
 * @param {Task} task
 */
const causeOf = (error, task) =>
  attempt(() => {
    const code = error.code ?? error.cause.code;
    // An object could be read as a code once, and as something else later.
    if (typeof code === "string" && /^[A-Z][A-Z\d_]{3,40}$/.test(code) && !repeats(code, task))
      return { cause: Object.assign(new Error(code), { code }) };
    return undefined;
  });

/**
 * The status and the headers of whatever `fetch` has resolved with. There is no status if that is not a response, or if
 * a redirect was followed.
 *
 * @param {any} response
 */
const headOf = (response) => {
  /** @param {string} name */
  const header = (name) =>
    attempt(() => {
      const value = response.headers.get(name);
      return typeof value === "string" ? value : undefined;
    });
  const status = attempt(() => (response.redirected ? undefined : response.status));
  const number = Number.isInteger(status) ? status : undefined;
  // `Retry-After` counts only with these statuses.
  return number === 429 || number >= 500
    ? { status: number, retryAfter: header("Retry-After"), date: header("Date") }
    : { status: number };
};

/**
 * Carries out `task`: asks the engine what to send, sends it, asks the engine what the answer means, and goes on until
 * the engine asks for no more. The engine is loaded for each question, since the last one may have trapped meanwhile;
 * it remembers nothing, so any instance can answer.
 *
 * @param {Load} load
 * @param {Call} call
 * @param {Task} task
 * @param {(answer: LastAnswer) => any} open makes what the call resolves with: once for all calls with one `timeoutMs`
 * @param {(reply: Reply, controller: AbortController) => Request} [prepare] makes a request that no other call shares
 */
export const exchange = async (load, call, task, open, prepare) => {
  const { timeoutMs, invalid } = call;
  const message = messageOf(task);
  let reply = (await load(call)).request(message);
  if (invalid) throw invalid;
  if (call.over) return undefined;
  const { answer, outcomes } = board(call, prepare ? undefined : message, async (flight) => {
    let isRead = false;
    try {
      for (let { operation, usersId } = task; ;) {
        const [input, init] = prepare ? prepare(reply, flight.controller) : requestOf(reply, flight.controller.signal);
        if (operation === "sign_out") init.keepalive = true;
        const { fetch } = flight;
        let response;
        try {
          response = await fetch(input, init);
        } catch (error) {
          throw errorOf("network", {}, causeOf(error, task));
        }
        flight.cancel = () => dropBody(response);
        if (flight.over) return void abandon(flight);
        const head = { operation, usersId, ...headOf(response) };
        const isSuccess = head.status >= 200 && head.status < 300;
        reply = isSuccess && reply.success ? { step: reply.success } : (await load()).interpret(messageOf(head));
        /** @type {Uint8Array} */
        let body = NO_BODY;
        if (reply.step === "read_body") {
          flight.otherwise = reply.otherwise && new SignInError(reply.otherwise);
          const { reading, bytes } = await readBody(response, flight);
          if (flight.over) return undefined;
          isRead = reading === "complete";
          body = bytes;
          // The engine withholds error texts that repeat a secret, so it needs the secrets.
          const secrets = reply.otherwise && task;
          reply = (await load()).interpret(messageOf({ ...secrets, ...head, body: reading }), body);
        }
        if (reply.step !== "read_record") {
          isRead ||= reply.step.startsWith("pass_on");
          return { reply, body, response };
        }
        operation = "user";
        usersId = reply.usersId;
        reply = (await load()).request(messageOf({ ...task, operation, usersId }));
        isRead = false;
        flight.otherwise = undefined;
      }
    } finally {
      flights.delete(flight);
      if (isRead) flight.over = true;
      else if (!flight.over) abandon(flight);
    }
  });
  const last = await answer;
  if (!last) return undefined;
  if (!outcomes.has(timeoutMs)) outcomes.set(timeoutMs, open(last));
  return outcomes.get(timeoutMs);
};
