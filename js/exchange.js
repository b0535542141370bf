// @ts-check
// Sends what the engine says, waits for the answer, and hands it over: the one place that calls `fetch`.
import { dropBody, readBody } from "./body.js";
import { attempt, errorOf, invalidArgument, SignInError } from "./errors.js";
import { messageOf } from "./messages.js";
import { isFunction } from "./options.js";

/**
 * @typedef {import("./deadline.js").Call} Call
 * @typedef {import("./engine.js").Engine} Engine
 * @typedef {import("./engine.js").Step} Step
 * @typedef {(call?: Call) => Engine | Promise<Engine>} Load
 * @typedef {[input: any, init: RequestInit]} Request what `fetch` is called with
 *
 * What is to be done, in the words of src/engine/message.rs.
 * @typedef {{ operation: string, baseUrl: string, apiKey: unknown } & Record<string, unknown>} Task
 *
 * A request that is under way, and the calls that wait for it.
 * @typedef {object} Flight
 * @property {string | undefined} key
 * @property {typeof globalThis.fetch} fetch
 * @property {object} [store]
 * @property {Set<Call>} calls
 * @property {boolean} over whether there is nothing more to wait for
 * @property {AbortController} controller
 * @property {() => any} cancel says that no more of the answer's body is wanted
 * @property {SignInError} [otherwise] the error that the answer's status makes, while its body is awaited
 * @property {Promise<End | undefined>} [end]
 * @property {Map<number, any>} outcomes what the calls get, by their `timeoutMs`
 *
 * The last answer, and what it means.
 * @typedef {{ step: Step, body: Uint8Array, response: any }} End
 */

/** @type {Set<Flight>} */
const flights = new Set();

const NO_BODY = new Uint8Array();

const nothing = () => {};

/**
 * Does what nothing waits for and nothing depends on.
 *
 * @param {() => unknown} work
 */
export const quietly = async (work) => {
  try {
    await work();
  } catch {
    // It may throw, reject or never settle.
  }
};

/**
 * Ends a request whose answer is not wanted, or not to its end.
 *
 * @param {Flight} flight
 */
const abandon = (flight) => {
  flight.over = true;
  quietly(() => flight.cancel());
  flight.controller.abort();
};

/**
 * Lets `call` wait for the flight of `key`, and begins one where there is none. Two calls share a flight if they ask the
 * same of the same `fetch` and the same store. The request ends when no call waits for it any more.
 *
 * @param {Call} call
 * @param {string | undefined} key of a request that no other call may share: none
 * @param {(flight: Flight) => Promise<End | undefined>} begin
 * @returns {Flight & { end: Promise<End | undefined> }}
 */
const board = (call, key, begin) => {
  // Looked up at call time, so that whoever replaces it is heard.
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
  call.leaving.push(() => {
    flight.calls.delete(call);
    if (flight.calls.size || flight.over) return;
    flights.delete(flight);
    abandon(flight);
  });
  call.instead = (error) => {
    const { code } = /** @type {any} */ (error);
    throw (code === "timeout" && flight.otherwise) || error;
  };
  // A microtask later, when the calls that were made together have all come aboard.
  const end = (flight.end ??= Promise.resolve(flight).then(begin));
  return Object.assign(flight, { end });
};

/** @type {boolean | undefined} */
let knowsCache;

/**
 * What `fetch` is called with. Its init has no prototype, since `fetch` would heed what any script has put on
 * `Object.prototype`. Not `redirect: "error"`, under which a browser can't tell a redirect from a broken network.
 *
 * @param {Step} step
 * @param {AbortSignal} signal
 * @returns {Request}
 */
const requestOf = ({ url, method, headers, body }, signal) => {
  // Cloudflare's fetch throws at this member under a compatibility date before November 2024.
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
 * Whether a code is or holds a secret, or a part of one.
 *
 * @param {string} code
 * @param {Task} task
 */
const repeats = (code, { apiKey, password, token }) => {
  const secrets = `${apiKey} ${password} ${token}`;
  return secrets.includes(code) || secrets.split(" ").some((part) => part && code.includes(part));
};

/**
 * What a failure of `fetch` may tell: the platform's code, such as `ENOTFOUND`. Its text may quote a header, and so the
 * API key.
 *
 * @param {any} error
 * @param {Task} task
 */
const causeOf = (error, task) =>
  attempt(() => {
    const code = error.code ?? error.cause.code;
    if (!/^[A-Z][A-Z\d_]{3,40}$/.test(code) || repeats(code, task)) return undefined;
    return { cause: Object.assign(new Error(code), { code }) };
  });

/**
 * The head of whatever a `fetch` resolves with. Without a status it is no response, or a redirect that was followed.
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
  // Only these statuses say how long to wait.
  return number === 429 || number >= 500
    ? { status: number, retryAfter: header("Retry-After"), date: header("Date") }
    : { status: number };
};

/**
 * Does `task`: asks the engine what to send, sends it, and asks what the answer means, as often as it takes. The engine
 * of one question may be another than that of the question before, since it remembers nothing.
 *
 * @param {Load} load
 * @param {Call} call
 * @param {Task} task
 * @param {(end: End) => any} open makes of the end what the call gets: once for all calls that agree in their `timeoutMs`
 * @param {(step: Step, controller: AbortController) => Request} [prepare] makes a request that no other call shares
 */
export const exchange = async (load, call, task, open, prepare) => {
  const { timeoutMs, invalid } = call;
  const message = messageOf(task);
  let step = (await load(call)).request(message);
  if (invalid) throw invalid;
  if (call.over) return undefined;
  const { end, outcomes } = board(call, prepare ? undefined : message, async (flight) => {
    let isRead = false;
    try {
      for (let { operation, usersId } = task; ;) {
        const [input, init] = prepare ? prepare(step, flight.controller) : requestOf(step, flight.controller.signal);
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
        step = isSuccess && step.success ? { step: step.success } : (await load()).interpret(messageOf(head));
        /** @type {Uint8Array} */
        let body = NO_BODY;
        if (step.step === "read_body") {
          flight.otherwise = step.otherwise && new SignInError(step.otherwise);
          const { reading, bytes } = await readBody(response, flight);
          if (flight.over) return undefined;
          isRead = reading === "complete";
          body = bytes;
          // An error's text may repeat a secret.
          const secrets = step.otherwise && task;
          step = (await load()).interpret(messageOf({ ...secrets, ...head, body: reading }), body);
        }
        if (step.step !== "read_record") {
          isRead ||= step.step.startsWith("pass_on");
          return { step, body, response };
        }
        operation = "user";
        usersId = step.usersId;
        step = (await load()).request(messageOf({ ...task, operation, usersId }));
        isRead = false;
        flight.otherwise = undefined;
      }
    } finally {
      flights.delete(flight);
      if (isRead) flight.over = true;
      else if (!flight.over) abandon(flight);
    }
  });
  const ended = await end;
  if (!ended) return undefined;
  if (!outcomes.has(timeoutMs)) outcomes.set(timeoutMs, open(ended));
  return outcomes.get(timeoutMs);
};
