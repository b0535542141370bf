// Runs the table in the host that loads this module: Node or a page. It uses nothing of Node's.
//
// Whatever its row is about, each call is watched for what is promised of every call.
import { READING, untilRead } from "../driver/answers.mjs";
import { key, password, token, username } from "../driver/credentials.mjs";
import { compareError, outcomeLabel, same } from "../driver/outcome.mjs";
import { followRequest } from "../driver/requests.mjs";
import { endTimer, startTimer } from "../driver/timers.mjs";
import { watchedCall, watchPlatform } from "../driver/watch.mjs";
import { cases, expectedIn } from "./cases.mjs";

/**
 * @param {object} host
 * @param {string} host.name "node", "chromium", "firefox" or "webkit"
 * @param {(query: string) => Promise<object>} host.load imports the package: another instance for each query
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
  // Loading the module does not count towards the rows, whose deadlines are short.
  await shared.init();
  const rows = cases.filter(
    ({ id, only }) => (host.only ?? [id]).includes(id) && (!only || only.hosts.includes(host.name)),
  );
  const results = [];
  const late = [];
  const started = performance.now();

  const inLane = async (lane, queue) => {
    for (let row; (row = queue.shift());) {
      // A failure of the check itself counts as a fault of the row, since nothing else would report it.
      const failed = (error) => ({
        id: row.id,
        ms: 0,
        outcome: "no outcome",
        faults: [`the check failed: ${error?.stack}`],
      });
      results.push(await runRow(row, lane, { host, watch, shared, late }).catch(failed));
    }
  };
  // The slow rows come first, so that none of them runs alone at the end.
  const waits = ({ answer }) => answer?.some(({ silence, drip, pause }) => silence || drip || pause);
  const patience = (row) => (row.init ? 30_000 : waits(row) ? (row.timeoutMs ?? 1) : 0);
  const queue = rows.filter(({ alone }) => !alone).sort((a, b) => patience(b) - patience(a));
  await Promise.all(host.server.lanes.map((lane) => inLane(lane, queue)));
  await inLane(
    host.server.lanes[0],
    rows.filter(({ alone }) => alone),
  );

  // What a given `fetch` does after its call has settled must not cause an unhandled rejection either.
  await Promise.allSettled(late);
  await watch.unhandledAreReported();
  const complaints = watch.stop();
  if (watch.timers.size) complaints.push(`${watch.timers.size} timers are left`);
  // In Node, timers that are left would keep the process from ending.
  for (const id of watch.timers.keys()) endTimer(id);
  return { title: titleOf(host), ms: Math.round(performance.now() - started), results, complaints };
}

const titleOf = (host) => `${host.name}${host.version ? ` ${host.version}` : ""}`;

async function runRow(row, lane, { host, watch, shared, late }) {
  const wanted = expectedIn(row, host.name);
  const faults = [];
  const requests = [];
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
    // Longer than any answer takes: WebKit once sent nothing for half a minute, while four busy loops ran beside it.
    timeoutMs: row.timeoutMs ?? 90_000,
    waiting: { fetch: [], body: [] },
    /** Calls `work(resolve, reject)` after `ms`, which may be after the call has settled. */
    later(ms, work) {
      const promise = new Promise((resolve, reject) => startTimer(() => work(resolve, reject), ms));
      late.push(promise);
      return promise;
    },
  };
  it.over = new Promise((resolve) => (it.end = resolve));
  it.signIn = it.api.signIn;
  it.options = { baseUrl: it.base, timeoutMs: it.timeoutMs };
  // Each phase is an event that calls of this row may wait for, so that no time has to be guessed.
  it.reach = (phase) => it.waiting[phase].splice(0).forEach((go) => go());
  const onReading = () => {
    // A turn of the event loop later, when the client is waiting for the body.
    startTimer(() => it.reach("body"));
    if (row.answer?.includes(untilRead)) late.push(fetch(`${it.base}/${READING}`, { mode: "no-cors" }));
  };
  const send = (work, init) => {
    const request = followRequest(init?.signal, onReading);
    requests.push(request);
    let answer;
    try {
      answer = work();
    } catch (error) {
      request.failed();
      throw error;
    } finally {
      it.reach("fetch");
    }
    return request.follow(answer);
  };
  watch.observers.set(it.base, send);
  const given = row.fetch?.(it);
  if (given) it.options.fetch = (...values) => send(() => given.apply(undefined, values), values[1]);

  const { now } = Date;
  if (row.clock) Date.now = () => row.clock;
  const started = performance.now();
  const outcomes = [];
  const loading = row.init && watchedCall(it, {}, () => it.api.init(row.init(it)));
  if (loading && !row.stalls) outcomes.push(await loading);
  outcomes.push(...(await Promise.all((row.calls ?? [row.call ?? {}]).map((call) => startCall(it, row, call)))));
  for (const call of row.then ?? []) outcomes.push(await startCall(it, row, call));
  it.end();
  if (row.stalls) outcomes.push(await loading);
  Date.now = now;
  const ms = Math.round(performance.now() - started);

  const expected = [wanted.expect].flat();
  if (outcomes.length !== expected.length) faults.push(`${outcomes.length} calls, ${expected.length} expected`);
  outcomes.forEach((outcome, index) => faults.push(...compare(outcome, expected[index], it)));
  const [least, most] = [wanted.fetches].flat().length === 2 ? wanted.fetches : [wanted.fetches, wanted.fetches];
  const fetches = requests.length;
  if (fetches < least || fetches > most) faults.push(`fetch was called ${fetches} times, not ${wanted.fetches}`);
  if (requests.some((request) => request.isOpen()))
    faults.push("a request is open: not read to its end, nor cancelled");
  watch.observers.delete(it.base);
  return { id: row.id, ms, outcome: outcomes.map(outcomeLabel).join(", "), faults: [...new Set(faults)] };
}

/** Calls `signIn` as the row says. */
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
  const usual = { key, username, password };
  const credentials = Object.keys(usual).map((name) => (name in call ? call[name] : usual[name]));
  const values = call.arguments ? call.arguments({ options }) : [...credentials, options];

  const watched = { options: values[3], signal: abort && controller.signal, secrets: [values[0], values[2]] };
  const outcome = await watchedCall(it, watched, () => {
    const promise = it.signIn(...values);
    if (abort?.at === "call") fire();
    return promise;
  });
  // Calls that wait for the phase "body" must not wait for ever if nobody has read the body.
  it.reach("body");
  if (abort?.at === "settled") fire();
  return outcome;
}

/** How the outcome of a call differs from the expected one. */
function compare(outcome, expected, it) {
  if (outcome.neverSettled || outcome.threw) return [];
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
