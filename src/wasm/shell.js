// What must hold even where the engine is not loaded yet, or has trapped: the errors, the options, and
// the one place that settles a call.

// The numbers of `Op` in src/wasm/mod.rs.
export const SIGN_IN = 0;
export const RESUME = 1;
export const VERIFY = 2;
export const SIGN_OUT = 3;
export const FETCH = 4;

const BRAND = Symbol.for("catalyze-signin.SignInError");

// The errors that must be told without the engine. The engine has the whole table (src/error.rs),
// and a test holds the two together.
const TEXTS = {
  timeout: "The deadline passed before the answer was complete.",
  aborted: "The caller's signal ended the call.",
  signed_out: "The session has ended: sign in again.",
  store_failed: "The store of the session can't be used.",
  internal: "A defect in catalyze-signin.",
};

export class SignInError extends Error {
  // A minifier gives the class another.
  static name = "SignInError";

  constructor({ message, ...fields }, options) {
    super(message, options);
    Object.assign(this, fields);
  }

  get name() {
    return "SignInError";
  }

  get [BRAND]() {
    return true;
  }
}

// By a mark and not by its class: two copies of the package, or two frames of a page, have two classes.
export const isSignInError = (value) => Object(value)[BRAND] === true;

// An error made without the engine.
export const failure = (code, fields, options) =>
  new SignInError(
    { message: TEXTS[code], code, retryable: code === "timeout", serverErrors: [], ...fields },
    options,
  );

export const refusal = (argument, rule) =>
  failure("invalid_argument", { argument, message: `${argument} ${rule}.` });

// A platform's own signal, of this realm or another: only those have the state behind this getter.
// Where the class has none (happy-dom, Cloudflare before 2022), the class itself must do.
const isAbortSignal = (value) => {
  try {
    const aborted = Object.getOwnPropertyDescriptor(AbortSignal.prototype, "aborted");
    if (!aborted) return value instanceof AbortSignal;
    aborted.get.call(value);
    return true;
  } catch {
    return false;
  }
};

// One timer for the whole call, since AbortSignal.any() over AbortSignal.timeout() can be collected
// before it fires (measured in Node 20). setTimeout takes 31 bits and fires at once above.
const LONGEST_TIMER = 2 ** 31 - 1;

const isFunction = (value) => typeof value === "function";

// The absolute URL that a string or a URL stands for, or undefined.
export const href = (value) => {
  try {
    const isUrl = typeof value === "string" || Object.prototype.toString.call(value) === "[object URL]";
    return isUrl ? new URL(value).href : undefined;
  } catch {}
};

// A base URL, whose slashes at the end mean nothing.
export const base = (value) => href(value)?.replace(/\/+$/, "");

const nothing = () => {};

// A signal can have members of its own, which throw.
const canListen = (signal) => {
  signal.addEventListener("abort", nothing);
  signal.removeEventListener("abort", nothing);
  return isAbortSignal(signal) && signal.aborted !== undefined;
};

const OPTIONS = {
  baseUrl: [base, "must be an absolute URL"],
  timeoutMs: [(value) => Number.isFinite(value) && value > 0, "must be a finite number above 0"],
  signal: [canListen, "must be an AbortSignal"],
  fetch: [isFunction, "must be a function"],
  store: [
    (value) => ["get", "set", "remove"].every((name) => isFunction(value[name])),
    "must have the methods get, set and remove",
  ],
};

// The options, checked, or what is wrong with them: `invalid`. Each is read once: a getter may say
// something else the next time. A session's calls take two of them; the others are its own `settings`.
export const check = (options = {}, settings) => {
  const checked = { baseUrl: "https://api.catalyze.io", timeoutMs: 30000, ...settings };
  const invalid = (argument, rule) => ({ ...checked, invalid: refusal(argument, rule) });
  if (typeof options !== "object" || !options) return invalid("options", "must be an object");
  for (const name of settings ? ["timeoutMs", "signal"] : Object.keys(OPTIONS)) {
    const [valid, rule] = OPTIONS[name];
    try {
      const value = options[name];
      if (value === undefined) continue;
      if (!valid(value)) return invalid(name, rule);
      // Not the URL object, which its owner can change.
      checked[name] = name === "baseUrl" ? base(value) : value;
    } catch {
      return invalid(name, rule);
    }
  }
  return checked;
};

// A signal can have members of its own, which throw.
const attempt = (work) => {
  try {
    return work();
  } catch {}
};

// Runs `work` and settles once: with its outcome, at the deadline, or when the caller's signal says
// so. Then nothing is left: no timer, no listener, no request.
export const settle = (options, work, settings) =>
  new Promise((resolve, reject) => {
    const { signal: caller, ...checked } = check(options, settings);
    const timeoutMs = Math.min(checked.timeoutMs, LONGEST_TIMER);
    const deadline = performance.now() + timeoutMs;
    const controller = new AbortController();
    const leave = (outcome, value) => {
      clearTimeout(timer);
      attempt(() => caller?.removeEventListener("abort", abort));
      outcome(value);
      controller.abort();
    };
    // Signed in is signed in, whatever the store is still doing.
    const fail = (error) => (call.session ? leave(resolve, call.session) : leave(reject, error));
    const abort = () => fail(failure("aborted", {}, { cause: attempt(() => caller.reason) }));
    const expire = () => fail(call.flight?.verdict ?? failure("timeout"));
    const call = {
      ...checked,
      timeoutMs,
      signal: controller.signal,
      expireIfDue: () => performance.now() > deadline && expire(),
    };
    const timer = setTimeout(expire, timeoutMs);
    try {
      if (caller?.aborted) return abort();
      caller?.addEventListener("abort", abort);
    } catch {
      return leave(reject, refusal("signal", OPTIONS.signal[1]));
    }
    work(call).then(
      (value) => leave(resolve, value),
      (error) => leave(reject, isSignInError(error) ? error : failure("internal")),
    );
  });

const flights = new Set();

// Lets `call` take part in the request for the same `parts` that is under way, or begins one. The request
// goes on as long as one call waits for it.
const share = (parts, call, begin) => {
  if (call.signal.aborted) return Promise.reject();
  // Looked up at call time, so that whoever replaces it is heard.
  const { fetch = globalThis.fetch, store, init } = call;
  const invalid = call.invalid ?? (isFunction(fetch) ? undefined : refusal("fetch", OPTIONS.fetch[1]));
  if (invalid) return Promise.reject(invalid);
  const key = [...parts, fetch, store, init];
  let flight = [...flights].find((other) => other.key.every((part, index) => part === key[index]));
  if (!flight) {
    const controller = new AbortController();
    flight = {
      key,
      fetch,
      controller,
      signal: controller.signal,
      calls: new Set(),
      // What the answer's status has already decided, while its body is still awaited.
      verdict: undefined,
    };
    flights.add(flight);
  }
  flight.calls.add(call);
  call.flight = flight;
  call.signal.addEventListener("abort", () => {
    flight.calls.delete(call);
    if (flight.calls.size) return;
    flights.delete(flight);
    flight.controller.abort();
  });
  // Later, when all have joined that were called together.
  return (flight.outcome ??= Promise.resolve(flight).then(begin));
};

// The status of whatever has a numeric one; none for a redirect that was followed.
const statusOf = (response) =>
  attempt(() => {
    const { status, redirected } = response;
    return !redirected && Number.isInteger(status) && status >= 100 && status < 600 ? status : undefined;
  });

const retryAfterOf = (response) =>
  attempt(() => {
    const value = response.headers.get("Retry-After");
    return typeof value === "string" ? value : undefined;
  });

// Asks the engine what to send, sends it, and asks what the answer means, as often as it takes. The
// engine of a step may be another than that of the step before: it remembers nothing.
export const exchange = async (load, call, op, apiKey, first, second) => {
  const task = [op, apiKey, first, second];
  let request = (await load()).ask(call, ...task);
  return share([...task, request[0]], call, async (flight) => {
    for (;;) {
      const [url, init, usersId] = request;
      const means = async (...answer) => (await load()).read(call, ...task, usersId, ...answer);
      init.signal ??= flight.signal;
      let response;
      try {
        response = await invoke(url, init, flight);
      } catch {
        // What the platform says of it may quote a header, so the key: it is not passed on.
        return means(undefined, undefined, 0);
      }
      const [status, retryAfter] = [statusOf(response), retryAfterOf(response)];
      if (status === undefined) return means();
      if (op === FETCH) {
        await means(status);
        return response;
      }
      // To a session, a 401 says all by itself, and what is left of the answer may take its time.
      const isOver = op !== SIGN_IN && status === 401;
      if (!isOver) flight.verdict = (await load()).refuse(op, status, retryAfter);
      request = await means(status, retryAfter, isOver ? 0 : await read(response, flight));
      if (!Array.isArray(request)) return request;
    }
  });
};

// What `work` gives, unless the flight ends before. Then it is not even begun.
const during = ({ signal }, work) =>
  new Promise((resolve, reject) => {
    if (signal.aborted) return reject();
    signal.addEventListener("abort", reject);
    // An async function turns a synchronous throw into a rejection, and takes whatever is returned.
    // The listener goes with the step: a body can come in a million of them.
    (async () => work())().then(resolve, reject).then(() => signal.removeEventListener("abort", reject));
  });

// Calls a `fetch` that need not be the platform's.
const invoke = (url, init, flight) => {
  const { fetch } = flight;
  try {
    new Request("https://h", { cache: init.cache });
  } catch {
    // Cloudflare's throws at this field under a compatibility date before November 2024.
    delete init.cache;
  }
  return during(flight, () => fetch(url, init));
};

// The caller's own request, with what it can't override.
export const merged = ({ headers, ...init }, own) => {
  for (const [name, value] of Object.entries(own)) {
    if (name !== "Accept" || !headers.has(name)) headers.set(name, value);
  }
  return { ...init, headers: Object.fromEntries(headers), credentials: "omit", redirect: "manual" };
};

// The body's chunks: a stream's reader, or what other libraries have in its place.
const chunks = (body) => {
  if (body?.getReader) {
    const reader = body.getReader();
    return () => reader.read();
  }
  const iterator = body?.[Symbol.asyncIterator]?.();
  return iterator && (() => iterator.next());
};

// The body of a response as text, or why there is none: 0, it can't be read or broke off; 1, it is
// not UTF-8; 2, it is longer than 1 MiB. A byte order mark goes. Without a body, "".
const read = async (response, flight) => {
  let fault = 0;
  try {
    const next = chunks(response.body);
    const decoder = new TextDecoder("utf-8", { fatal: true });
    let text = "";
    let bytes = 0;
    const add = (chunk) => {
      bytes += chunk.byteLength;
      if (!(bytes <= 2 ** 20)) {
        fault = 2;
        throw fault;
      }
      fault = 1;
      text += decoder.decode(chunk, { stream: true });
      fault = 0;
    };
    if (next) {
      for (let step; !(step = await during(flight, next)).done; add(step.value)) {
        // Chunks that are always ready would keep the timers from ever firing.
        for (const call of flight.calls) call.expireIfDue();
      }
    } else if (response.arrayBuffer) {
      add(await during(flight, () => response.arrayBuffer()));
    } else if (response.text) {
      add(new TextEncoder().encode(await during(flight, () => response.text())));
    }
    fault = 1;
    return text + decoder.decode();
  } catch {
    return fault;
  }
};

// What JSON.parse has made of a value: its place in the list is its number in src/wasm/json.rs.
const KINDS = ["boolean", "number", "string", "object"];
export const kind = (value) => (Array.isArray(value) ? 4 : value === null ? -1 : KINDS.indexOf(typeof value));

// `null` has no members.
export const own = (value, name) => (Object.hasOwn(Object(value), name) ? value[name] : undefined);
