// Runs the table of `createAuth` in the host that loads this module: Node or a page.
import { same } from "../driver/outcome.mjs";
import { endTimer, nextTurn, startTimer } from "../driver/timers.mjs";
import { watchPlatform } from "../driver/watch.mjs";
import { cases } from "./cases.mjs";
import { key, otherKey, password, username } from "./credentials.mjs";

/** Longer than any answer takes. */
const PATIENT_MS = 90_000;

/** Longer than any row takes, so that an event that never comes is a fault of its own row. */
const GIVEN_UP_MS = 120_000;

// The original `fetch`. The package gets a watched one.
const { fetch } = globalThis;

/**
 * @param {object} host as for the hostile cases, and
 * @param {{ raw: string, closed: string, sandbox: string }} host.servers
 * @param {() => Promise<object>} [host.tab] opens another page
 * @param {() => unknown} [host.collect] collects garbage
 */
export async function run(host) {
  const watch = watchPlatform(host);
  const api = await host.load("");
  await api.init();
  const results = [];
  for (const [index, row] of cases.entries()) {
    if (host.only && !host.only.includes(String(index))) continue;
    if (row.in === "browsers" && host.name === "node") continue;
    results.push(await runRow(row, String(index), { host, watch, api }));
  }
  await watch.unhandledAreReported();
  return { title: `${host.name} ${host.version}`, results, complaints: watch.stop() };
}

/** The network of one row, which can be cut off, and whose answers can be held. */
function makeNet() {
  const net = {
    /** The last part of each path that was requested. */
    calls: [],
    down: false,
    /** The user's record, in place of the service's own. */
    users: undefined,
    held: new Map(),
    pending: new Set(),
    fetch(url, init) {
      const route = String(url).split("/").at(-1);
      net.calls.push(route);
      const answering = net.answer(url, init, route);
      net.pending.add(answering);
      const over = () => net.pending.delete(answering);
      answering.then(over, over);
      return answering;
    },
    async answer(url, init, route) {
      if (net.down) throw new TypeError("offline");
      if (net.users && url.includes("/v2/users/")) return new Response(JSON.stringify(net.users));
      const answer = await fetch(url, init);
      const hold = net.held.get(route);
      if (hold) {
        net.held.delete(route);
        hold.reach();
        await hold.released;
      }
      return answer;
    },
    /** Holds the next answer to a path that ends with `route`, until it is released. */
    hold(route) {
      const hold = {};
      hold.reached = new Promise((resolve) => (hold.reach = resolve));
      hold.released = new Promise((resolve) => (hold.release = resolve));
      net.held.set(route, hold);
      return hold;
    },
    /** Resolves when no request is in progress. */
    idle: async () => {
      while (net.pending.size) await Promise.allSettled(net.pending);
    },
  };
  return net;
}

async function runRow({ group, name, answer, tolerates, test }, id, { host, watch, api }) {
  const faults = [];
  const base = answer ? `${host.servers.raw}/${host.name}/${id}` : host.servers.sandbox;
  const net = makeNet();
  const cleanups = [];
  const auths = [];
  const call = (method, path, token, body) =>
    fetch(`${base}/v2/${path}`, {
      method,
      body,
      headers: {
        "X-Api-Key": key,
        "Content-Type": "application/json",
        ...(token && { Authorization: `Bearer ${token}` }),
      },
    });

  const it = {
    ...{ api, base, host, net, complaints: watch.complaints, closed: host.servers.closed },

    /** An auth of the first application, whose requests go through `net`. */
    auth: (options) =>
      api.createAuth({ apiKey: key, baseUrl: base, timeoutMs: PATIENT_MS, fetch: net.fetch, ...options }),

    /** A store with a session of an earlier visit. */
    async stored() {
      let text = null;
      const store = {
        get text() {
          return text;
        },
        get: () => text,
        set: (value) => void (text = value),
        remove: () => void (text = null),
      };
      const session = await api.signIn(key, username, password, { baseUrl: base, timeoutMs: PATIENT_MS, store });
      return { store, session: { token: session.token } };
    },

    /** An auth in this page, and another in a second tab. */
    async tabs({ persist = "localStorage", down = false } = {}) {
      const tab = await host.tab();
      cleanups.push(tab.close);
      const there = tab.api.createAuth({
        ...{ apiKey: key, baseUrl: base, timeoutMs: PATIENT_MS, persist },
        fetch: (...values) => (down ? Promise.reject(new TypeError("offline")) : tab.fetch(...values)),
      });
      const here = it.auth({ persist });
      auths.push(here, there);
      await Promise.all([here.ready, there.ready]);
      return { here, there, tab, down: (value) => (down = value) };
    },

    /** The states of an auth, as a list that grows. */
    states(auth) {
      const states = [];
      cleanups.push(auth.subscribe((state) => states.push(state)));
      return states;
    },

    /** The first state for which `isSo` is true. */
    until(auth, isSo) {
      return new Promise((resolve) => {
        let isOver = false;
        const stop = auth.subscribe((state) => {
          if (isOver || !isSo(state)) return;
          isOver = true;
          resolve(state);
        });
        cleanups.push(stop);
      });
    },

    turn: nextTurn,

    /** Resolves when a released answer has been read to its end, since a later request has been answered. */
    async settled() {
      await net.idle();
      await (await call("GET", "auth/verify", "none")).text();
      await nextTurn();
    },
    kill: (token) => call("GET", "auth/signout", token),
    verify: (token) => call("GET", "auth/verify", token),
    platformSignIn: async (name) => {
      const answer = await (await call("POST", "auth/signin", "", JSON.stringify({ username: name, password }))).json();
      return { token: answer.sessionToken };
    },

    is(actual, expected, about = "it") {
      if (!same(actual, expected))
        faults.push(`${about} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`);
    },

    /** What the call resolves with. */
    async gives(start, expected) {
      const value = await start();
      if (expected !== undefined) it.is(value, expected, String(start));
      return value;
    },

    /** What the call rejects with. The call must not throw. */
    async fails(start, code) {
      const promise = start();
      const error = await promise.then(
        () => undefined,
        (reason) => reason,
      );
      it.is([api.isSignInError(error), error?.code], [true, code], String(start));
      for (const secret of [key, otherKey, password]) {
        if (JSON.stringify([error, error?.stack]).includes(secret)) faults.push(`the error of ${start} leaks a secret`);
      }
      return error ?? {};
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
  // Nobody may be signed in when the next row begins.
  for (const auth of auths) await auth.signOut();
  for (const cleanUp of cleanups) cleanUp();
  for (const area of ["localStorage", "sessionStorage"]) if (host.name !== "node") globalThis[area].clear();
  const ms = Math.round(performance.now() - started);
  await watch.unhandledAreReported();
  faults.push(...watch.complaints.splice(earlierComplaints).filter((text) => !tolerates?.test(text)));
  return { group, name, ms, faults };
}

/** The keys of the applications, for the service. */
export const keys = [key, otherKey];
