// What a caller has who is signed in, what of it outlives the page, and what ends it.
import { base, check, exchange, failure, FETCH, href, refusal, RESUME, settle, SIGN_IN, SIGN_OUT, VERIFY } from "./shell.js";

export class Session extends EventTarget {
  // A minifier gives the class another.
  static name = "Session";

  #token;
  #apiKey;
  #usersId;
  #run;
  // Of every call: where the service is, how long to wait, whose `fetch` to use.
  #settings;
  #memory;
  #storeError;

  constructor(user, token, apiKey, { run, timeoutMs, baseUrl, fetch, store, entry }) {
    super();
    this.user = user;
    this.#token = token;
    this.#apiKey = apiKey;
    this.#usersId = user.usersId;
    this.#run = run;
    this.#settings = { timeoutMs, baseUrl, fetch };
    if (!store) return;
    this.#memory = remember(store, entry ?? { apiKey, token, baseUrl }, {
      ended: (reason) => this.#end(reason),
      failed: () => void (this.#storeError ??= failure("store_failed")),
    });
  }

  // Done when the store has the session, or has failed.
  static stored = (session) => session.#memory?.stored;

  // Vue's ref() wraps what is tagged as a plain object, and a private field can't be read through a wrapper.
  get [Symbol.toStringTag]() {
    return "Session";
  }

  // On the prototype, so that no JSON, spread or log of a session holds the token.
  get token() {
    return this.#token;
  }

  get storeError() {
    return this.#storeError;
  }

  async fetch(input, init = {}) {
    const { signal, ...request } = members(init);
    // Not the call's: the body is still to be read when the call has settled.
    const body = new AbortController();
    const end = () => body.abort();
    return settle(
      { signal: signal ?? undefined },
      async (call) => {
        if (call.invalid) throw call.invalid;
        call.signal.addEventListener("abort", end);
        call.init = { ...request, signal: either(body, signal) };
        const response = await this.#ask(call, FETCH, href(input) ?? input);
        call.signal.removeEventListener("abort", end);
        if (response.status === 401) this.#end("expired");
        return response;
      },
      this.#settings,
    );
  }

  async verify(options) {
    return settle(
      options,
      async (call) => {
        const alive = await this.#ask(call, VERIFY, this.#usersId);
        if (!alive) this.#end("expired");
        // Signed out meanwhile.
        else if (!this.#token) throw failure("signed_out");
        return alive;
      },
      this.#settings,
    );
  }

  async signOut(options) {
    const checked = check(options, this.#settings);
    if (checked.invalid) throw checked.invalid;
    const token = this.#token;
    if (!token) return { confirmed: true };
    const known = this.#storeError;
    const forgotten = this.#end("signed_out");
    try {
      await settle(
        checked,
        async (call) => {
          await inHalf(call, forgotten);
          await this.#run(call, SIGN_OUT, this.#apiKey, token);
        },
        this.#settings,
      );
      const error = this.#storeError;
      return error === known ? { confirmed: true } : { confirmed: true, error };
    } catch (error) {
      return { confirmed: false, error };
    }
  }

  // Node 20 and current browsers have the symbol; without it, nobody asks.
  async [Symbol.asyncDispose ?? Symbol()]() {
    await this.signOut();
  }

  async #ask(call, op, subject) {
    if (!this.#token) throw failure("signed_out");
    return this.#run(call, op, this.#apiKey, this.#token, subject);
  }

  // The token goes first, and at once.
  #end(reason) {
    if (!this.#token) return;
    this.#token = "";
    const forgotten = this.#memory?.forget(reason);
    this.#memory = undefined;
    this.dispatchEvent(new CustomEvent("ended", { detail: reason }));
    return forgotten;
  }
}

// A copy of what `fetch` is to be told, checked by the platform itself before anything is sent. No
// Request: its body can't be copied everywhere.
const members = (init) => {
  try {
    const copy = {};
    for (const name in new Object(init)) copy[name] = init[name];
    const { signal, body, ...rest } = copy;
    new Request("https://h", { ...rest, body: body == null ? body : "" });
    const isObject = typeof init === "object" && init && !(init instanceof Request);
    if (isObject) return { ...copy, headers: new Headers(copy.headers) };
  } catch {}
  throw refusal("init", "must be an object that a request can be made of");
};

// The body's own signal, which the caller's ends as well. Where it can, the platform ties the two: then
// nothing is left on the caller's when the body has been read.
const either = (controller, signal) => {
  if (!signal) return controller.signal;
  if (AbortSignal.any) return AbortSignal.any([controller.signal, signal]);
  signal.addEventListener("abort", () => controller.abort(signal.reason));
  return controller.signal;
};

// Waits for `work`, but no longer than half of the call's time: a store that hangs must not keep the
// service from being told.
const inHalf = (call, work) =>
  work &&
  new Promise((resolve) => {
    const timer = setTimeout(resolve, call.timeoutMs / 2);
    call.signal.addEventListener("abort", () => clearTimeout(timer));
    work.then(resolve);
  });

const nothing = () => {};

// What `work` gives goes to `next`, a failure to `failed`: at once where a store is synchronous, since
// the page may be closing.
const after = (work, next, failed) => {
  try {
    const value = work();
    return value?.then ? Promise.resolve(value).then(next, failed) : next(value);
  } catch {
    return failed();
  }
};

// What the store holds, unless it is of another kind or version.
const parse = (text) => {
  try {
    const entry = JSON.parse(text);
    const complete = ["id", "apiKey", "token", "baseUrl"].every((name) => typeof entry[name] === "string");
    return entry.version === 1 && complete ? entry : undefined;
  } catch {}
};

// Takes the session `id` out of the store, but no later one.
const remove = (store, id, failed) => {
  const gone = () => after(() => store.remove(), nothing, failed);
  return after(() => store.get(), (text) => ((parse(text)?.id ?? id) === id ? gone() : undefined), gone);
};

// How tabs tell each other that a session has ended: by its number in the store, never by its token.
const channel = () => {
  try {
    const opened = new BroadcastChannel("catalyze-signin");
    // Node would not end while it is open.
    opened.unref?.();
    return opened;
  } catch {}
};

const tell = (id, reason) => {
  const opened = channel();
  opened?.postMessage({ id, reason });
  opened?.close();
};

// Keeps the session for `resume`, where the store does not have it already.
const remember = (store, { id, ...entry }, { ended, failed }) => {
  const isNew = id === undefined;
  id ??= crypto.getRandomValues(new Uint32Array(4)).join("-");
  const set = () => store.set(JSON.stringify({ version: 1, id, ...entry }));
  const stored = isNew ? after(set, nothing, failed) : undefined;
  const listening = channel();
  let told = false;
  if (listening)
    listening.onmessage = ({ data }) => {
      if (data?.id !== id) return;
      told = true;
      ended(data.reason === "expired" ? "expired" : "signed_out");
    };
  return {
    stored,
    forget: (reason) => {
      listening?.close();
      const removed = after(() => stored, () => remove(store, id, failed));
      if (!told) tell(id, reason);
      return removed;
    },
  };
};

// Signs in or resumes, by `work`. `run` is how the engine is asked, now and by the session later.
const enter = (run, options, work) =>
  settle(options, async (call) => {
    call.run = run;
    const session = await work(call);
    call.session = session;
    await Session.stored(session);
    return session;
  });

export const signIn = (run, apiKey, username, password, options) =>
  enter(run, options, (call) => run(call, SIGN_IN, apiKey, username, password));

export const resume = (run, apiKey, token, options) =>
  typeof apiKey === "object" && apiKey
    ? enter(run, apiKey, (call) => resumeStored(call, apiKey))
    : enter(run, options, (call) => run(call, RESUME, apiKey, token));

const resumeStored = async (call, options) => {
  const { store, run, baseUrl, invalid } = call;
  if (invalid) throw invalid;
  if (!store) throw refusal("store", "must be given, where no API key and no token are");
  const fail = () => {
    throw failure("store_failed");
  };
  const text = await after(() => store.get(), (text) => text, fail);
  // Where there is nothing, a store may give either.
  if (text === null || text === undefined) throw failure("signed_out");
  const entry = parse(text) ?? fail();
  // The token is for the service that gave it.
  if (options.baseUrl !== undefined && baseUrl !== base(entry.baseUrl)) throw failure("signed_out");
  call.entry = entry;
  call.baseUrl = entry.baseUrl;
  try {
    return await run(call, RESUME, entry.apiKey, entry.token);
  } catch (error) {
    if (error.code === "signed_out") {
      remove(store, entry.id, nothing);
      tell(entry.id, "expired");
    }
    throw error.code === "invalid_argument" ? failure("store_failed") : error;
  }
};

// A store for `signIn` and `resume` over the browser's own: localStorage lasts, and is shared by tabs;
// sessionStorage is the tab's. By name it is looked up at each use, since only to name it throws where
// there is none, or where cookies are blocked.
export const webStorage = (area) => {
  const key = "catalyze-signin";
  const storage = () => (typeof area === "string" ? globalThis[area] : area);
  return {
    get: () => storage().getItem(key),
    set: (value) => storage().setItem(key, value),
    remove: () => storage().removeItem(key),
  };
};

// How calls and sessions ask an engine that is one function, as in a plain `wasm-pack build`.
export const standalone = (step) => {
  const [ask, refuse, read] = [0, 1, 2].map((number) => (...values) => step(number, values));
  return (...values) => exchange(() => ({ ask, refuse, read }), ...values);
};
