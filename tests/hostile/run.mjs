// Runs the table in whatever host this module is loaded into: Node or a page. Nothing here is Node's.
//
// Each call is watched for all that sections 4 and 6 of the contract promise, whatever its row is
// about: that it settles in time and as the table says, that nothing is left behind, and that nothing
// tells a secret.
import { cases, expectedIn, key, password, token, username } from "./cases.mjs";
import { tells } from "./echoes.mjs";

const GRACE_MS = 250;

/** What a later timer can show of a call that never settles. */
const GIVEN_UP_MS = 3000;

/** The codes whose message says more than the code. */
const TELLING = ["invalid_argument", "invalid_response", "wasm_unavailable"];

const RETRYABLE = ["rate_limited", "server_error", "timeout", "network"];

// The originals, for the runner's own use: the package gets watched ones.
const { setTimeout: startTimer, clearTimeout: endTimer, setInterval: startInterval, clearInterval: endInterval } = globalThis;

/**
 * @param {object} host
 * @param {string} host.name "node", "chromium", "firefox" or "webkit"
 * @param {(query: string) => Promise<object>} host.load imports the package; another query, another instance of it
 * @param {{ lanes: string[], elsewhere: string, closed: string }} host.server
 * @param {(name: string) => Promise<BufferSource>} host.module bytes of a module, good or damaged
 * @param {(value: unknown) => string[]} [host.inspect] how the host's console would show a value
 * @param {(complain: (text: string) => void) => void} host.onUnhandled
 * @param {object} [host.libraries] other implementations of fetch
 * @param {() => Window} [host.frame] another realm
 * @param {string[]} [host.only] identifiers of rows
 */
export async function run(host) {
  const watch = watchPlatform(host);
  const shared = await host.load("");
  // How long the module takes to load is no part of the rows, whose deadlines are short.
  await shared.init();
  const rows = cases.filter(({ id, only }) => (host.only ?? [id]).includes(id) && (!only || only.hosts.includes(host.name)));
  const results = [];
  const started = performance.now();

  const inLane = async (lane, queue) => {
    for (let row; (row = queue.shift()); ) {
      // A fault of the check itself is the row's too: nobody else would hear of it.
      const failed = (error) => ({ id: row.id, ms: 0, outcome: "no outcome", faults: [`the check failed: ${error?.stack}`] });
      results.push(await runRow(row, lane, host, watch, shared).catch(failed));
    }
  };
  // The slow ones first, so that none of them is alone at the end.
  const waits = ({ answer }) => answer?.some(({ silence, drip, pause }) => silence || drip || pause);
  const patience = (row) => (row.init ? 30_000 : waits(row) ? (row.timeoutMs ?? 1) : 0);
  const queue = rows.filter(({ alone }) => !alone).sort((a, b) => patience(b) - patience(a));
  await Promise.all(host.server.lanes.map((lane) => inLane(lane, queue)));
  await inLane(host.server.lanes[0], rows.filter(({ alone }) => alone));

  // A promise that nobody handles is told of after the microtasks; late answers of given fetches come up to half a second late.
  await new Promise((resolve) => startTimer(resolve, 600));
  const general = watch.stop();
  if (watch.timers.size) general.push(`${watch.timers.size} timers are left`);
  // In Node, what is left would keep the process from ending.
  for (const id of watch.timers.keys()) endTimer(id);
  return { host: name(host), ms: Math.round(performance.now() - started), results, general };
}

const name = (host) => `${host.name}${host.version ? ` ${host.version}` : ""}`;

/** Puts watches on the timers, the console and `fetch`, before the package is loaded. */
export function watchPlatform(host) {
  const general = [];
  const timers = new Map();
  const watch = { general, timers, calling: undefined, fetches: new Map(), beats: [], messages: new Map() };

  globalThis.setTimeout = (work, ms, ...rest) => {
    const id = startTimer(
      (...values) => {
        timers.delete(id);
        work(...values);
      },
      ms,
      ...rest,
    );
    // The platform's own fetch may use timers too: what counts is who asked for this one.
    const [, asking] = new Error().stack.split("\n").filter((line) => /:\d+:\d+/.test(line));
    if (/\/(engine|index)\.js/.test(asking)) timers.set(id, watch.calling);
    return id;
  };
  globalThis.clearTimeout = (id) => {
    timers.delete(id);
    endTimer(id);
  };
  globalThis.setInterval = () => general.push("setInterval was called");

  const fetch = globalThis.fetch;
  globalThis.fetch = async (url, init) => {
    const of = watch.fetches.get(String(url).replace(/(\/deep\/er)?\/v2\/auth\/signin$/, ""));
    return of ? of(() => fetch(url, init), init) : fetch(url, init);
  };

  const methods = Object.entries(console).filter(([, method]) => typeof method === "function");
  for (const [method, original] of methods) {
    console[method] = (...values) => {
      general.push(`console.${method} was called with ${values.map(String)}`);
      original.apply(console, values);
    };
  }
  host.onUnhandled((text) => general.push(`nobody handled ${text}`));

  // How late the event loop runs by itself: what it adds to a settling time is not the package's.
  let last = performance.now();
  const heart = startInterval(() => {
    const now = performance.now();
    watch.beats.push({ now, late: now - last - 10 });
    last = now;
  }, 10);
  watch.lateness = (since) =>
    Math.max(0, performance.now() - last - 10, ...watch.beats.filter(({ now }) => now >= since).map(({ late }) => late));

  watch.stop = () => {
    endInterval(heart);
    Object.assign(globalThis, { setTimeout: startTimer, clearTimeout: endTimer, setInterval: startInterval, fetch });
    Object.assign(console, Object.fromEntries(methods));
    return general;
  };
  return watch;
}

async function runRow(row, lane, host, watch, shared) {
  const wanted = expectedIn(row, host.name);
  const faults = [];
  const it = {
    id: `${host.name}/${row.id}`,
    base: `${row.at ? host.server[row.at] : lane}/${host.name}/${row.id}`,
    closed: host.server.closed,
    faults,
    complain: (text) => faults.push(text),
    same,
    host,
    watch,
    wanted,
    api: row.init ? await host.load(`?of=${row.id}`) : shared,
    libraries: host.libraries,
    frame: host.frame,
    module: host.module,
    // Out of the way of all that answers: a busy machine once held a browser up for ten seconds.
    timeoutMs: row.timeoutMs ?? 30_000,
    fetches: 0,
    waiting: { fetch: [], headers: [] },
  };
  it.over = new Promise((resolve) => (it.end = resolve));
  it.signIn = it.api.signIn;
  it.options = { baseUrl: it.base, timeoutMs: it.timeoutMs };
  // Each phase is an event that calls of this row may wait for: no time is guessed.
  it.reach = (phase) => it.waiting[phase].splice(0).forEach((go) => go());
  it.observe = async (send, init) => {
    it.fetches++;
    it.signals ??= [];
    if (init?.signal) it.signals.push(init.signal);
    const answer = send();
    it.reach("fetch");
    try {
      return await answer;
    } finally {
      // By then the client has begun with the body. Where there is none, who waits for it must not wait for ever.
      startTimer(() => it.reach("headers"), 30);
    }
  };
  watch.fetches.set(it.base, it.observe);
  const given = row.fetch?.(it);
  if (given) {
    it.options.fetch = (...values) => {
      it.fetches++;
      (it.signals ??= []).push(values[1].signal);
      const answer = given.apply(undefined, values);
      it.reach("fetch");
      startTimer(() => it.reach("headers"), 30);
      return answer;
    };
  }

  const started = performance.now();
  const outcomes = [];
  const loading = row.init && watched(it, {}, () => it.api.init(row.init(it)));
  if (loading && !row.stalls) outcomes.push(await loading);
  outcomes.push(...(await Promise.all((row.calls ?? [row.call ?? {}]).map((call) => startCall(it, row, call)))));
  for (const call of row.then ?? []) outcomes.push(await startCall(it, row, call));
  it.end();
  if (row.stalls) outcomes.push(await loading);
  const ms = Math.round(performance.now() - started);

  const expected = [wanted.expect].flat();
  if (outcomes.length !== expected.length) faults.push(`${outcomes.length} calls, ${expected.length} expected`);
  outcomes.forEach((outcome, index) => faults.push(...compare(outcome, expected[index], it)));
  const [least, most] = [wanted.fetches].flat().length === 2 ? wanted.fetches : [wanted.fetches, wanted.fetches];
  if (it.fetches < least || it.fetches > most) faults.push(`fetch was called ${it.fetches} times, not ${wanted.fetches}`);
  if (it.signals?.some(({ aborted }) => !aborted)) faults.push("a request's signal was left as it was");
  watch.fetches.delete(it.base);
  return { id: row.id, ms, outcome: outcomes.map(told).join(", "), faults: [...new Set(faults)] };
}

/** One call of signIn, as the row wants it. */
async function startCall(it, row, given) {
  const call = typeof given === "function" ? given(it) : given;
  const abort = call.abort ?? row.abort;
  const options = { ...it.options, ...call.options };
  const controller = new AbortController();
  if (abort) options.signal = controller.signal;
  if (call.ownFetch) options.fetch = (...values) => globalThis.fetch(...values);
  const fire = () => (abort.reason ? controller.abort(abort.reason()) : controller.abort());
  if (abort?.at === "before") fire();
  if (it.waiting[abort?.at]) it.waiting[abort.at].push(fire);
  if (call.after) await new Promise((go) => it.waiting[call.after].push(go));
  const values = call.arguments
    ? call.arguments({ options })
    : [...["key", "username", "password"].map((name) => (name in call ? call[name] : { key, username, password }[name])), options];

  const outcome = await watched(
    it,
    { options: values[3], signal: abort && controller.signal, secrets: [values[0], values[2]] },
    () => {
      const promise = it.signIn(...values);
      if (abort?.at === "call") fire();
      return promise;
    },
  );
  if (abort?.at === "settled") fire();
  return outcome;
}

/** Starts one call and follows it to its end, and looks at what it leaves. */
export async function watched(it, { options, signal, secrets = [] }, start) {
  const { watch, faults } = it;
  const listeners = signal && countListeners(signal);
  const call = {};
  const begun = performance.now();
  const limit = timeoutOf(options) + GRACE_MS;
  let promise;
  watch.calling = call;
  try {
    promise = start();
  } catch {
    faults.push("the call threw");
    return { thrown: true };
  } finally {
    watch.calling = undefined;
  }
  if (!(promise instanceof Promise)) faults.push("the call gave no promise");

  let giveUp;
  let settlements = 0;
  const outcome = await new Promise((resolve) => {
    giveUp = startTimer(() => resolve({ unsettled: true }), Math.min(limit + GIVEN_UP_MS, 60_000));
    const settle = (result) => {
      settlements++;
      // At once, not a moment later: by then a caller may have navigated away.
      if ([...watch.timers.values()].includes(call)) faults.push("a timer is left");
      if (listeners?.count()) faults.push(`${listeners.count()} listeners are left on the caller's signal`);
      resolve({ ...result, elapsed: performance.now() - begun });
    };
    promise.then(
      (value) => settle({ value }),
      (error) => settle({ error, rejected: true }),
    );
  });
  endTimer(giveUp);
  if (outcome.unsettled) {
    faults.push("the call never settled");
    return outcome;
  }
  const { elapsed } = outcome;
  const late = watch.lateness(begun);
  if (elapsed > limit + late) faults.push(`the call settled after ${Math.round(elapsed)} ms, the loop ${Math.round(late)} ms late`);
  if (outcome.error?.code === "timeout" && elapsed < limit - GRACE_MS - 2) faults.push(`the deadline came early, after ${elapsed} ms`);
  if (settlements !== 1) faults.push(`the call settled ${settlements} times`);
  await new Promise((resolve) => startTimer(resolve));
  outcome.reason = signal?.reason;
  faults.push(...leaks(outcome, secrets, it.host));
  return outcome;
}

function timeoutOf(options) {
  try {
    const { timeoutMs } = options;
    return typeof timeoutMs === "number" && timeoutMs > 0 && timeoutMs < 2 ** 31 ? timeoutMs : 30_000;
  } catch {
    return 30_000;
  }
}

/** Counts what listens on `signal`, through its own methods. */
function countListeners(signal) {
  const listeners = [];
  for (const [method, note] of [
    ["addEventListener", (listener) => listeners.push(listener)],
    ["removeEventListener", (listener) => listeners.includes(listener) && listeners.splice(listeners.indexOf(listener), 1)],
  ]) {
    const original = signal[method];
    Object.defineProperty(signal, method, {
      value(type, listener, ...rest) {
        if (type === "abort") note(listener);
        return original.call(this, type, listener, ...rest);
      },
    });
  }
  return { count: () => listeners.length + (signal.onabort ? 1 : 0) };
}

// ---------------------------------------------------------------------------------------------------
/** How the outcome of a call differs from what the table says. */
function compare(outcome, expected, it) {
  if (outcome.unsettled || outcome.thrown) return [];
  if (expected?.anyOf) {
    const faults = expected.anyOf.map((one) => compare(outcome, one, it));
    return faults.some(({ length }) => !length) ? [] : faults[0];
  }
  return outcome.rejected ? compareError(outcome, expected, it) : compareSession(outcome.value, expected);
}

function compareSession(session, { code, user, loaded, depth, token: wantedToken = token }) {
  if (code) return [`it succeeded, ${code} expected`];
  if (loaded) return session === undefined ? [] : ["init resolved with something"];
  const faults = [];
  const { user: given, token: givenToken } = session;
  if (givenToken !== wantedToken) faults.push("the token is another");
  if (depth) {
    let levels = 0;
    for (let level = given.extras; level; level = level[0]) levels++;
    if (levels !== depth) faults.push(`extras are ${levels} levels deep`);
  } else if (!same(given, user)) faults.push("the user is another");
  if (given && Object.hasOwn(given, "sessionToken")) faults.push("the token is in the user");
  if (Object.getPrototypeOf(given) !== Object.prototype) faults.push("the user has another prototype");
  if (Object.keys(session).includes("token") || "token" in { ...session }) faults.push("the token is enumerable");
  if ({}.isAdmin || {}.usersId) faults.push("Object.prototype was changed");
  return faults;
}

export function compareError({ error, reason }, expected, { api, wanted, watch }) {
  const faults = [];
  if (!(error instanceof api.SignInError) || !api.isSignInError(error) || !(error instanceof Error)) {
    return [`it rejected with something else than a SignInError`];
  }
  if (!expected?.code) faults.push(`it rejected with ${error.code}, a success expected`);
  const { code, cause, serverErrors = [], ...fields } = expected ?? {};
  if (error.code !== code) faults.push(`the code is ${error.code}, not ${code}`);
  for (const field of ["status", "retryAfterMs", "argument", "path", "expected"]) {
    const value = error[field];
    const range = fields[field]?.from !== undefined && fields[field];
    const fits = range ? value >= range.from && value <= range.to : value === fields[field];
    if (!fits) faults.push(`${field} is ${value}, not ${range ? `${range.from} to ${range.to}` : fields[field]}`);
  }
  if (!same(error.serverErrors, serverErrors)) faults.push(`serverErrors are ${short(JSON.stringify(error.serverErrors))}`);
  if (error.retryable !== RETRYABLE.includes(error.code)) faults.push(`retryable is ${error.retryable}`);
  if (error.name !== "SignInError" || typeof error.message !== "string" || !error.message) faults.push("no name or no message");
  // One message for one code, whatever led to it: 401 and 404 must not be told apart by a page.
  if (error.code === code && !TELLING.includes(code)) {
    const { messages } = watch;
    if (messages.has(code) && messages.get(code) !== error.message) faults.push(`the message for ${code} is another than before`);
    messages.set(code, error.message);
  }
  if (code === "aborted" && wanted.abort && error.cause !== reason) faults.push("the cause is not the signal's reason");
  if (cause !== undefined && error.cause !== cause) faults.push("the cause is another");
  return faults;
}

export function same(a, b) {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || !a || !b || Array.isArray(a) !== Array.isArray(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && same(a[name], b[name]))
  );
}

const short = (text) => (text?.length > 200 ? `${text.slice(0, 200)}…` : text);

/** An outcome as the published table shows it. */
const told = ({ unsettled, thrown, rejected, error, value }) => {
  if (unsettled) return "never settled";
  if (thrown) return "threw";
  if (!rejected) return value === undefined ? "loaded" : "session";
  const what = [error?.code ?? "no SignInError"];
  if (error?.status) what.push(error.status);
  for (const field of ["argument", "path"]) if (error?.[field]) what.push(error[field]);
  return what.join(" ");
};

// ---------------------------------------------------------------------------------------------------
/** What of an outcome tells a secret, by whatever way one may look at it. */
function leaks({ error, value, rejected }, more, host) {
  const given = [key, password, token, ...more].filter((text) => typeof text === "string");
  // Of a key, the last part is the secret one.
  const secrets = [...new Set(given.flatMap((text) => [text, text.split(" ").at(-1)]))];
  const told = [];
  if (rejected) look(error, told, host, { cause: error?.code !== "aborted" });
  else if (value) {
    // The user is the server's own: if a row puts a secret there, it belongs there.
    const { user, ...session } = value;
    look(Object.create(Object.getPrototypeOf(value), Object.getOwnPropertyDescriptors(session)), told, host, { accessors: false });
    told.push(["JSON", JSON.stringify({ ...value, user: undefined })], ["the shown session", String(host.inspect?.(value).join() ?? "")]);
  }
  return told.flatMap(([where, text]) => (tells(text, secrets) ? [`${where} tells a secret`] : []));
}

/** All texts that `value` shows of itself. */
function look(value, told, host, { cause = true, accessors = true } = {}, where = "the error", seen = new Set()) {
  if (typeof value === "symbol" || typeof value === "function") told.push([where, String(value)]);
  if (Object(value) !== value) return void told.push([where, String(value)]);
  if (seen.has(value)) return;
  seen.add(value);
  const attempt = (how, work) => {
    try {
      told.push([`${where} through ${how}`, String(work())]);
    } catch {}
  };
  attempt("String()", () => value);
  if (accessors) attempt("JSON", () => JSON.stringify(value));
  attempt("toString", () => Object.prototype.toString.call(value));
  if (cause && accessors) attempt("inspect", () => host.inspect?.(value).join() ?? "");
  for (const property of Reflect.ownKeys(value)) {
    told.push([`${where}'s property name`, String(property)]);
    if (property === "cause" && !cause) continue;
    const descriptor = Object.getOwnPropertyDescriptor(value, property);
    attempt(String(property), () => look(descriptor.get ? value[property] : descriptor.value, told, host, {}, `${where}.${String(property)}`, seen) ?? "");
  }
  if (accessors) for (const field of ["name", "message", "stack", "code"]) attempt(field, () => value[field]);
}
