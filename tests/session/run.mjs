// Runs the table of the session in the host that loads this module: Node or a page.
import { key, password, token, username } from "../driver/credentials.mjs";
import { compareError, same } from "../driver/outcome.mjs";
import { endTimer, nextTurn, startTimer } from "../driver/timers.mjs";
import { watchedCall, watchPlatform } from "../driver/watch.mjs";
import { cases } from "./cases.mjs";

/** Longer than any answer takes. */
const PATIENT_MS = 90_000;

/** Longer than any row takes, so that an event that never comes is a fault of its own row. */
const GIVEN_UP_MS = 120_000;

// The original `fetch`. The package gets a watched one.
const { fetch } = globalThis;

/**
 * @param {object} host as for the hostile cases, and
 * @param {{ raw: string, elsewhere: string, closed: string, sandbox: string }} host.servers
 * @param {string} host.site the URL that gives the servers' records
 * @param {() => Promise<Window>} [host.tab] opens another page
 */
export async function run(host) {
  const watch = watchPlatform(host);
  const api = await host.load("");
  await api.init();
  const tokens = new Set([token]);
  const results = [];
  // One row after the other, so that whatever is left behind belongs to its row.
  for (const [index, row] of cases.entries()) {
    if (host.only && !host.only.includes(String(index))) continue;
    if (row.in && (row.in === "node") !== (host.name === "node")) continue;
    results.push(
      await runRow(row, String(index), { host, watch, api: row.copied ? await host.loadCopy() : api, tokens }),
    );
  }
  await watch.unhandledAreReported();
  return { title: `${host.name} ${host.version}`, results, complaints: watch.stop(), tokens: [...tokens] };
}

async function runRow({ group, name, answer, tolerates, test }, id, { host, watch, api, tokens }) {
  const faults = [];
  const ask = async (what, query) => (await fetch(`${host.site}${what}?${new URLSearchParams(query)}`)).json();
  const recordedBefore = answer ? 0 : (await ask("recorded", {})).length;
  const base = answer ? `${host.servers.raw}/${host.name}/${id}` : host.servers.sandbox;

  /** Watches one call to its end. Whatever is wrong with it is added to the faults. */
  const outcomeOf = async (start, { about, controller, timeoutMs = PATIENT_MS } = {}) => {
    const found = [];
    const signal = controller?.signal;
    const watching = { watch, host, faults: found };
    const outcome = await watchedCall(watching, { options: { timeoutMs }, signal, secrets: [...tokens] }, start);
    const note = (...more) => faults.push(...more.map((fault) => (about === undefined ? fault : `${about}: ${fault}`)));
    note(...found);
    return { outcome, note, wanted: { abort: controller } };
  };

  const it = {
    ...{ api, base, host, id, key, username, password, platform: (...values) => fetch(...values) },
    ...{ elsewhere: host.servers.elsewhere, closed: host.servers.closed },
    options: { baseUrl: base, timeoutMs: PATIENT_MS },

    /** One turn of the event loop. */
    turn: nextTurn,

    is(actual, expected, about = "it") {
      if (!same(actual, expected))
        faults.push(`${about} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`);
    },

    /** What the call resolves with. */
    async gives(start, expected, options) {
      const { outcome, note } = await outcomeOf(start, options);
      if (!("value" in outcome))
        throw new Error(`${options?.about ?? start}: it gave ${outcome.error?.code ?? outcome.error ?? "nothing"}`);
      if (expected !== undefined && !same(outcome.value, expected)) note(`it gave ${JSON.stringify(outcome.value)}`);
      return outcome.value;
    },

    /** What the call rejects with. */
    async fails(start, expected, options) {
      const { outcome, note, wanted } = await outcomeOf(start, options);
      if (!outcome.rejected) throw new Error(`${options?.about ?? start}: it did not reject`);
      note(...compareError(outcome, expected, { api, wanted, watch }));
      return outcome.error;
    },

    /** Checks only that the call returns a promise that settles. */
    settles: (start, about) => outcomeOf(start, { about }),

    /** Checks a sign-out that is not confirmed, or that has an error. */
    async signsOutWith(start, confirmed, expected, options) {
      const { outcome, note, wanted } = await outcomeOf(start, options);
      const { value } = outcome;
      if (value?.confirmed !== confirmed) note(`it gave ${value?.confirmed ?? outcome.error?.code}`);
      note(...compareError({ error: value?.error, reason: outcome.reason }, expected, { api, wanted, watch }));
    },

    /** Signs in. */
    async signIn(options, call) {
      const signIn = () => api.signIn(key, username, password, { ...it.options, ...options });
      return it.known(await it.gives(signIn, undefined, call));
    },

    async resume(...values) {
      return it.known(await it.gives(() => api.resume(...values)));
    },

    known(session) {
      tokens.add(session.token);
      return session;
    },

    /** The details of the events `ended`, as a list that grows. */
    ends(session) {
      const details = [];
      session.addEventListener("ended", ({ detail }) => details.push(detail));
      return details;
    },

    /** The requests whose path ends with `route`. With the raw server, waits until there are `count` of them. */
    async seen(route = "", count = 0) {
      const requests = answer
        ? await ask("arrived", { id, route, count })
        : (await ask("recorded", {})).slice(recordedBefore).filter((request) => request.route.endsWith(route));
      return requests.map((request) => ({
        ...request,
        headers: Object.fromEntries(request.headers.map(([header, value]) => [header.toLowerCase(), value])),
      }));
    },
  };

  const earlierComplaints = watch.complaints.length;
  const started = performance.now();
  let giveUp;
  const patience = new Promise(
    (_, reject) => (giveUp = startTimer(() => reject(new Error("an event never came")), GIVEN_UP_MS)),
  );
  try {
    await Promise.race([test(it), patience]);
  } catch (error) {
    faults.push(`the case threw ${error.message} at ${error.stack}`);
  }
  endTimer(giveUp);
  const ms = Math.round(performance.now() - started);
  await watch.unhandledAreReported();
  if (watch.timers.size) faults.push(`${watch.timers.size} timers are left`);
  watch.timers.clear();
  faults.push(...watch.complaints.splice(earlierComplaints).filter((text) => !tolerates?.test(text)));
  return { group, name, ms, faults };
}
