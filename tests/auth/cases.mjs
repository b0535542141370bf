// The table: the promises about `createAuth`, 9 of docs/promises.md, one by one. The server, Node and the pages of
// three browsers load it, so it uses nothing that only one of them has.
//
// A row's members:
//   group, name  the sentence that the row proves
//   answer       what the raw server sends; without it, the row uses the real sandbox
//   test         proves it, with the help of run.mjs
//   in           "browsers": only in pages
//   tolerates    what the platform may report about a failure that the row causes
import { head, response } from "../driver/answers.mjs";
import { key, otherKey, password, token, username } from "./credentials.mjs";

const since = { createdAt: "2013-11-07T12:00:00Z", updatedAt: "2013-11-07T12:00:00Z", active: true };
export const user = { usersId: "5e551011-0000-4000-8000-000000000009", name: { firstName: "Zoë" }, ...since };
export const otherUser = { usersId: "5e551011-0000-4000-8000-000000000010", name: { firstName: "Ada" }, ...since };

const SIGNED_OUT = { status: "signed_out" };
const json = (value, status = 200) => response(status, JSON.stringify(value));

/** One answer after the other. */
const inTurn = (answers) => {
  let next = 0;
  return [() => answers[next++ % answers.length]];
};

/** A store in memory, which causes no storage events. */
const memory = (text = null) => ({
  text,
  get() {
    return this.text;
  },
  set(value) {
    this.text = value;
  },
  remove() {
    this.text = null;
  },
});

/** The same store, but each method takes a moment. */
const later = (store) => ({
  get: async () => store.get(),
  set: async (text) => store.set(text),
  remove: async () => store.remove(),
});

const never = () => new Promise(() => {});

/** What a store holds of a session. */
const entry = (baseUrl, members = {}) =>
  JSON.stringify({ version: 1, id: "1", apiKey: key, token, baseUrl, ...members });

const inState = [
  {
    name: "without `persist` the first state is `signed_out`, `ready` gives it, and nothing is sent",
    async test(it) {
      const auth = it.auth({});
      it.is(auth.state, SIGNED_OUT, "the first state");
      it.is((await auth.ready) === auth.state, true, "whether `ready` gives the state");
      it.is((await auth.refresh()) === auth.state, true, "whether `refresh()` gives it, with nothing to ask for");
      it.is(it.net.calls, [], "the requests");
    },
  },
  {
    name: "with `persist` the first state is `resuming`, and where nothing is stored `ready` gives `signed_out` and nothing is sent",
    in: "browsers",
    async test(it) {
      for (const persist of ["localStorage", "sessionStorage"]) {
        const auth = it.auth({ persist });
        const first = auth.state;
        it.is([first, auth.state === first], [{ status: "resuming" }, true], "the first state");
        const state = await auth.ready;
        it.is([state, state === auth.state], [SIGNED_OUT, true], "what `ready` gives");
      }
      it.is(it.net.calls, [], "the requests");
    },
  },
  {
    name: "with `persist` the first state is `resuming` also where there is no storage; there `ready` gives `signed_out`, nothing is sent, and signing in works",
    async test(it) {
      for (const area of ["localStorage", "sessionStorage"]) {
        const descriptor = Object.getOwnPropertyDescriptor(globalThis, area);
        Object.defineProperty(globalThis, area, {
          configurable: true,
          get: () => {
            throw new Error("blocked");
          },
        });
        try {
          const auth = it.auth({ persist: area });
          it.is(auth.state, { status: "resuming" }, "the first state");
          it.is(await auth.ready, SIGNED_OUT, "what `ready` gives");
          it.is(it.net.calls, [], "the requests");
          const session = await it.gives(() => auth.signIn(username, password));
          it.is([auth.state.session === session, session.storeError.code], [true, "store_failed"], "the session");
          await it.gives(() => auth.signOut(), { confirmed: true });
          it.net.calls.length = 0;
        } finally {
          delete globalThis[area];
          if (descriptor) Object.defineProperty(globalThis, area, descriptor);
        }
      }
    },
  },
  {
    name: "signing in gives the session and the state `signed_in`; a later auth of the same store resumes it by two requests",
    async test(it) {
      for (const store of [memory(), later(memory())]) {
        const auth = it.auth({ store });
        await auth.ready;
        const session = await it.gives(() => auth.signIn(username, password));
        const { state } = auth;
        it.is(
          [state.status, state.session === session, state.user === session.user],
          ["signed_in", true, true],
          "the state",
        );
        it.is(auth.state === state, true, "whether the state stays the same object");
        it.net.calls.length = 0;
        const next = it.auth({ store });
        it.is(next.state, { status: "resuming" }, "the first state");
        const resumed = await next.ready;
        it.is(
          [resumed.status, resumed.user, resumed.session.token],
          ["signed_in", user, session.token],
          "what is resumed",
        );
        it.is(it.net.calls, ["verify", user.usersId], "the requests");
        await it.gives(() => next.signOut(), { confirmed: true });
      }
    },
  },
  {
    name: "offline is not signed out: the state is `unknown` with the error, what is stored stays, and `refresh()` tries again",
    async test(it) {
      const { store, session } = await it.stored();
      const text = store.get();
      it.net.down = true;
      const auth = it.auth({ store });
      const state = await auth.ready;
      it.is([state.status, state.error.code, store.get() === text], ["unknown", "network", true], "the state offline");
      it.is((await auth.refresh()).status, "unknown", "what `refresh()` gives offline");
      it.is(auth.state.status, "unknown", "the state then");
      it.net.down = false;
      const after = await auth.refresh();
      it.is(
        [after.status, after === auth.state, after.session.token],
        ["signed_in", true, session.token],
        "what `refresh()` gives",
      );
    },
  },
  {
    name: "a service that can't be reached, really: the state is `unknown`",
    async test(it) {
      const store = memory(entry(it.closed));
      const auth = it.api.createAuth({ apiKey: key, baseUrl: it.closed, store, timeoutMs: 30_000 });
      const { status, error } = await auth.ready;
      it.is([status, error.code, store.text !== null], ["unknown", "network", true], "the state");
    },
  },
  {
    name: "whatever else a bad service answers at the start is `unknown` with its code, and stays stored",
    answer: inTurn([
      json({}, 500),
      json({}, 429),
      json({}, 403),
      response(200, "<!doctype html>", { "Content-Type": "text/html" }),
      response(302, "", { Location: "/" }),
      json({ userId: "one" }),
      json({ usersId: "another" }),
    ]),
    async test(it) {
      const store = memory(entry(it.base));
      const auth = it.auth({ store });
      await auth.ready;
      const codes = [auth.state.error?.code];
      while (codes.length < 6) codes.push((await auth.refresh()).error?.code);
      const expected = [
        "server_error",
        "rate_limited",
        "forbidden",
        "invalid_response",
        "invalid_response",
        "invalid_response",
      ];
      it.is([codes, auth.state.status, store.text !== null], [expected, "unknown", true], "the codes");
    },
  },
  {
    name: "a service that is silent at the start: `unknown` with `timeout`",
    answer: [head(200, { "Content-Length": 9 }), { silence: true }],
    async test(it) {
      const auth = it.auth({ store: memory(entry(it.base)), timeoutMs: 300 });
      const { status, error } = await auth.ready;
      it.is([status, error.code], ["unknown", "timeout"], "the state");
    },
  },
  {
    name: "a token that is dead at the start is `signed_out`, expired, and goes from the store",
    async test(it) {
      const { store, session } = await it.stored();
      await it.kill(session.token);
      const auth = it.auth({ store });
      it.is(await auth.ready, { status: "signed_out", reason: "expired" }, "the state");
      it.is(store.get(), null, "what is stored");
    },
  },
  {
    name: "a store that can't be read, or holds garbage, is `signed_out`",
    async test(it) {
      for (const store of [
        memory("garbage"),
        {
          ...memory(),
          get: () => {
            throw new Error("no");
          },
        },
      ]) {
        it.is(await it.auth({ store }).ready, SIGNED_OUT, "the state");
      }
      it.is(it.net.calls, [], "the requests");
    },
  },
  {
    name: "a session of another application or another service in the store is none, and stays there",
    async test(it) {
      for (const text of [entry(it.base, { apiKey: otherKey }), entry("https://h")]) {
        const store = memory(text);
        const auth = it.auth({ store });
        it.is(await auth.ready, SIGNED_OUT, "the state");
        await it.gives(() => auth.signOut(), { confirmed: true });
        it.is(store.text, text, "what is stored");
      }
      it.is(it.net.calls, [], "the requests");
    },
  },
  {
    name: "a sign-in that fails rejects with its code, and the state is the same object",
    async test(it) {
      const auth = it.auth({ store: memory() });
      const state = await auth.ready;
      await it.fails(() => auth.signIn(username, "wrong"), "invalid_credentials");
      await it.fails(() => auth.signIn(username, ""), "invalid_argument");
      await it.fails(() => auth.signIn(username, password, { timeoutMs: -1 }), "invalid_argument");
      await it.fails(() => auth.signIn(username, password, { signal: AbortSignal.abort() }), "aborted");
      it.is(auth.state === state, true, "whether the state is the same");
    },
  },
  {
    name: "signing in while signed in replaces the session, with no `signed_out` between, and leaves the earlier one alone",
    async test(it) {
      const auth = it.auth({ store: memory() });
      await auth.ready;
      const first = await auth.signIn(username, password);
      const states = it.states(auth);
      const second = await auth.signIn("other-user", password);
      it.is(
        states.map(({ user }) => user?.name.firstName),
        ["Zoë", "Ada"],
        "the users of the states",
      );
      it.is([auth.state.session === second, await first.verify()], [true, true], "the sessions");
      await first.signOut();
      it.is(
        [auth.state.session === second, await second.verify()],
        [true, true],
        "the session after the earlier one's end",
      );
    },
  },
  {
    name: "a session that ends by its own `signOut()`, or by a 401, changes the state",
    async test(it) {
      const auth = it.auth({ store: memory() });
      const session = await auth.signIn(username, password);
      await session.signOut();
      it.is(auth.state, { status: "signed_out", reason: "signed_out" }, "the state after signOut");
      const { token } = await auth.signIn(username, password);
      await it.kill(token);
      await auth.state.session.fetch(`/v2/users/${user.usersId}`);
      it.is(auth.state, { status: "signed_out", reason: "expired" }, "the state after a 401");
    },
  },
  {
    name: "signing out forgets first, tells the service, and takes the session out of the store; once more sends nothing",
    async test(it) {
      const store = memory();
      const auth = it.auth({ store });
      await auth.signIn(username, password);
      await it.fails(() => auth.signOut({ timeoutMs: "x" }), "invalid_argument");
      it.is(auth.state.status, "signed_in", "the state after bad options");
      it.net.calls.length = 0;
      const signingOut = auth.signOut();
      it.is([auth.state, store.text], [{ status: "signed_out", reason: "signed_out" }, null], "what is left at once");
      it.is(await signingOut, { confirmed: true }, "the result");
      it.is(await auth.signOut(), { confirmed: true }, "the result of the second");
      it.is(it.net.calls, ["signout"], "the requests");
    },
  },
  {
    name: "a session that the store can't take lives on, and a look at the store does not end it",
    async test(it) {
      for (const text of [null, entry("https://h")]) {
        const store = {
          ...memory(text),
          set: () => {
            throw new Error("full");
          },
        };
        const [auth, other] = [it.auth({ store }), it.auth({ store })];
        await Promise.all([auth.ready, other.ready]);
        const session = await auth.signIn(username, password);
        it.is([auth.state.session === session, session.storeError.code], [true, "store_failed"], "the session");
        // Its end makes the first auth read the store as well.
        await (await other.signIn(username, password)).signOut();
        await it.turn();
        it.is(auth.state.session === session, true, "whether it lives on");
        it.is((await auth.refresh()).status, "signed_in", "what `refresh()` gives");
        await it.gives(() => auth.signOut(), { confirmed: true });
      }
    },
  },
];

const inListeners = [
  {
    name: "`subscribe` calls at once and at each change, and no more once the function that it returns is called",
    async test(it) {
      const auth = it.auth({ store: memory() });
      const states = [];
      const listener = (state) => states.push(state.status);
      const stops = [auth.subscribe(listener), auth.subscribe(listener)];
      it.is(states, ["resuming", "resuming"], "the states at once, the same listener twice");
      await auth.ready;
      stops[0]();
      stops[0]();
      await auth.signIn(username, password);
      stops[1]();
      await auth.signOut();
      it.is(states.slice(2), ["signed_out", "signed_out", "signed_in"], "the states then");
    },
  },
  {
    name: "a listener that throws stops nobody, and the page learns of it",
    tolerates: /thrown by a listener|Script error/,
    async test(it) {
      const auth = it.auth({});
      const seen = [];
      const before = it.complaints.length;
      const stop = auth.subscribe(() => {
        throw new Error("thrown by a listener");
      });
      auth.subscribe(({ status }) => seen.push(status));
      const session = await it.gives(() => auth.signIn(username, password));
      await session.signOut();
      stop();
      await it.turn();
      await it.turn();
      it.is(seen, ["signed_out", "signed_in", "signed_out"], "what the other listener was called with");
      it.is(it.complaints.length - before, 3, "the number of uncaught errors");
    },
  },
  {
    name: "a listener may change the state and its neighbours: each hears of the last state last, and none that has left",
    async test(it) {
      const auth = it.auth({});
      const seen = [];
      const stops = [];
      auth.subscribe((state) => {
        if (state.status !== "signed_in") return;
        stops[1]();
        void state.session.signOut();
      });
      for (const name of ["a", "b"]) stops.push(auth.subscribe(({ status }) => seen.push(`${name} ${status}`)));
      await auth.signIn(username, password);
      it.is(seen, ["a signed_out", "b signed_out", "a signed_out"], "what was heard");
    },
  },
  {
    name: "a listener that is taken off while others are told is not told any more, and one that is added is told once",
    async test(it) {
      const auth = it.auth({});
      const seen = [];
      let stop = () => {};
      auth.subscribe(({ status }) => {
        if (status !== "signed_in") return;
        stop();
        auth.subscribe(({ status }) => seen.push(`new ${status}`));
      });
      stop = auth.subscribe(({ status }) => seen.push(`old ${status}`));
      await auth.signIn(username, password);
      it.is(seen, ["old signed_out", "new signed_in"], "what was heard");
    },
  },
  {
    name: "a listener that is added twice and removed once, as React's StrictMode mounts: one request, and each mount is told at once",
    async test(it) {
      const { store } = await it.stored();
      it.net.calls.length = 0;
      const auth = it.auth({ store });
      const seen = [];
      const mount = () => auth.subscribe(({ status }) => seen.push(status));
      mount()();
      mount();
      await auth.ready;
      it.is(
        [seen, it.net.calls],
        [
          ["resuming", "resuming", "signed_in"],
          ["verify", user.usersId],
        ],
        "states and requests",
      );
    },
  },
  {
    name: "the methods work without the auth",
    async test(it) {
      const { ready, subscribe, signIn, signOut, refresh } = it.auth({ store: memory() });
      const seen = [];
      await ready;
      subscribe(({ status }) => seen.push(status));
      await signIn(username, password);
      await refresh();
      await signOut();
      it.is(seen, ["signed_out", "signed_in", "signed_out"], "the states");
    },
  },
  {
    name: "`createAuth` never throws: with bad options its `signIn` rejects with invalid_argument, and nothing is sent",
    async test(it) {
      const good = { apiKey: key, baseUrl: it.base, fetch: it.net.fetch };
      const hostile = new Proxy(
        {},
        {
          get: () => {
            throw new Error("no");
          },
          getPrototypeOf: () => {
            throw new Error("no");
          },
        },
      );
      for (const [argument, options] of [
        ["options", null],
        ["options", 5],
        ["apiKey", undefined],
        ["apiKey", {}],
        ["apiKey", { ...good, apiKey: undefined, persist: "localStorage" }],
        ["apiKey", { ...good, apiKey: null }],
        ["apiKey", { ...good, apiKey: Symbol("key") }],
        [
          "apiKey",
          {
            ...good,
            apiKey: {
              toString: () => {
                throw new Error("no");
              },
            },
          },
        ],
        ["apiKey", { ...good, apiKey: "two  blanks", persist: "localStorage" }],
        ["baseUrl", { ...good, baseUrl: "nowhere" }],
        ["timeoutMs", { ...good, timeoutMs: 0 }],
        ["fetch", { ...good, fetch: 5 }],
        ["store", { ...good, store: {} }],
        ["persist", { ...good, persist: "cookies" }],
        ["persist", { ...good, persist: null }],
        ["persist", { ...good, persist: Symbol("localStorage") }],
        [undefined, hostile],
      ]) {
        const auth = it.api.createAuth(options);
        const error = await it.fails(() => auth.signIn(username, password), "invalid_argument");
        if (argument) it.is(error.argument, argument, "the argument");
        await auth.ready;
        await auth.refresh();
      }
      it.is(it.net.calls, [], "the requests");
    },
  },
  {
    name: "what `Object.prototype` holds is no option",
    async test(it) {
      Object.prototype.persist = "localStorage";
      try {
        it.is(it.auth({}).state, SIGNED_OUT, "the first state");
      } finally {
        delete Object.prototype.persist;
      }
    },
  },
];

const inRefresh = [
  {
    name: "`refresh()` ten times at once is one request of each kind",
    async test(it) {
      const { store } = await it.stored();
      const auth = it.auth({ store });
      await auth.ready;
      it.net.calls.length = 0;
      const states = await Promise.all(Array.from({ length: 10 }, () => auth.refresh()));
      it.is([it.net.calls, new Set(states).size], [["verify", user.usersId], 1], "requests and states");
    },
  },
  {
    name: "`refresh()` of a user who has not changed leaves the state the same object, and of one who has gives another",
    async test(it) {
      for (const options of [{ store: memory() }, {}]) {
        const auth = it.auth(options);
        await auth.signIn(username, password);
        const { state } = auth;
        it.is((await auth.refresh()) === state, true, "whether the state is the same");
        it.net.users = { ...user, name: { firstName: "Zoé" } };
        const after = await auth.refresh();
        it.is(
          [after.user.name, after.session.token === state.session.token],
          [{ firstName: "Zoé" }, true],
          "the state",
        );
        it.net.users = undefined;
        await it.gives(() => auth.signOut(), { confirmed: true });
        it.is(
          [auth.state.status, options.store?.text ?? null, state.session.token],
          ["signed_out", null, options.store ? "" : state.session.token],
          "what is left",
        );
      }
    },
  },
  {
    name: "`refresh()` offline leaves the session of whoever is signed in",
    async test(it) {
      for (const options of [{ store: memory() }, {}]) {
        const auth = it.auth(options);
        await auth.signIn(username, password);
        const { state } = auth;
        it.net.down = true;
        it.is((await auth.refresh()) === state, true, "whether the state is the same");
        it.net.down = false;
        it.is(await state.session.verify(), true, "whether the session lives");
      }
    },
  },
  {
    name: "`refresh()` of a session that has expired ends it",
    async test(it) {
      for (const options of [{ store: memory() }, {}]) {
        const auth = it.auth(options);
        const session = await auth.signIn(username, password);
        await it.kill(session.token);
        const ends = [];
        session.addEventListener("ended", ({ detail }) => ends.push(detail));
        it.is(await auth.refresh(), { status: "signed_out", reason: "expired" }, "the state");
        it.is([session.token, ends, options.store?.text ?? null], ["", ["expired"], null], "what is left");
      }
    },
  },
  {
    name: "sign-out while resuming: signed out at once, the store is empty, the service is told, and the late answer changes nothing",
    async test(it) {
      for (const wrap of [(store) => store, later]) {
        const { store, session } = await it.stored();
        const auth = it.auth({ store: wrap(store) });
        const held = it.net.hold("verify");
        await held.reached;
        const states = it.states(auth);
        it.net.calls.length = 0;
        const signingOut = auth.signOut();
        it.is(auth.state, { status: "signed_out", reason: "signed_out" }, "the state at once");
        it.is([await signingOut, store.text], [{ confirmed: true }, null], "the result");
        it.is(it.net.calls, ["signout"], "the requests");
        // From here on, every answer says that the session is alive.
        it.net.users = user;
        held.release();
        await it.settled();
        it.net.users = undefined;
        it.is(
          states.map(({ status }) => status),
          ["resuming", "signed_out"],
          "the states",
        );
        it.is((await it.verify(session.token)).status, 401, "what the service says of the token");
      }
    },
  },
  {
    name: "sign-out while offline and unknown: the store is empty, and the result says that the service was not told",
    async test(it) {
      const { store } = await it.stored();
      it.net.down = true;
      const auth = it.auth({ store });
      await auth.ready;
      const { confirmed, error } = await auth.signOut();
      it.is(
        [confirmed, error.code, auth.state.status, store.text],
        [false, "network", "signed_out", null],
        "what is left",
      );
    },
  },
  {
    name: "sign-out while the store hangs settles within its deadline",
    async test(it) {
      const auth = it.auth({ store: { ...memory(), get: never }, timeoutMs: 30_000 });
      const { confirmed, error } = await auth.signOut({ timeoutMs: 200 });
      it.is([confirmed, error.code, auth.state.status], [false, "timeout", "signed_out"], "what is left");
    },
  },
  {
    name: "sign-in while resuming: the late answer changes nothing",
    async test(it) {
      const { store } = await it.stored();
      const auth = it.auth({ store });
      const held = it.net.hold("verify");
      await held.reached;
      const session = await auth.signIn("other-user", password);
      held.release();
      await it.settled();
      it.is([auth.state.session === session, (await auth.ready) === auth.state], [true, true], "the session");
      await session.signOut();
    },
  },
];

const inPage = [
  {
    name: "two auths of one key in one page agree: one request at the start, and both follow a sign-in, a replacement and a sign-out",
    async test(it) {
      const { store } = await it.stored();
      it.net.calls.length = 0;
      const [one, two] = [it.auth({ store }), it.auth({ store })];
      await Promise.all([one.ready, two.ready]);
      it.is([one.state.status, two.state.session === one.state.session], ["signed_in", true], "the states");
      it.is(it.net.calls, ["verify", user.usersId], "the requests");
      const replaced = it.until(two, ({ user }) => user?.usersId === otherUser.usersId);
      const states = it.states(two);
      const session = await one.signIn("other-user", password);
      it.is([(await replaced).session.token, states.length], [session.token, 2], "what the second follows");
      const out = it.until(one, ({ status }) => status === "signed_out");
      await two.signOut();
      it.is([await out, store.text], [{ status: "signed_out", reason: "signed_out" }, null], "what the first follows");
    },
  },
  {
    name: "two auths of one key in one page, with `persist`: one request at the start, and one store",
    in: "browsers",
    async test(it) {
      const first = it.auth({ persist: "localStorage" });
      await first.signIn(username, password);
      it.net.calls.length = 0;
      const [one, two] = [it.auth({ persist: "localStorage" }), it.auth({ persist: "localStorage" })];
      await Promise.all([one.ready, two.ready]);
      it.is(it.net.calls, ["verify", user.usersId], "the requests");
      it.is(Object.keys(localStorage).length, 1, "the number of names in the storage");
      await one.signOut();
      it.is(
        [first, two].map(({ state }) => state),
        Array(2).fill({ status: "signed_out", reason: "signed_out" }),
        "the others",
      );
    },
  },
  {
    name: "a sign-out of the earlier session while the sign-in of another auth is being resumed: both end with the stored session",
    async test(it) {
      for (const wrap of [(store) => store, later]) {
        const { store } = await it.stored();
        const [one, two] = [it.auth({ store: wrap(store) }), it.auth({ store: wrap(store) })];
        await Promise.all([one.ready, two.ready]);
        const held = it.net.hold("verify");
        const session = await two.signIn("other-user", password);
        await held.reached;
        const resumed = it.until(one, (state) => state.session?.token === session.token);
        await one.signOut();
        held.release();
        await resumed;
        it.is([two.state.session === session, store.text.includes(session.token)], [true, true], "what is stored");
        await two.signOut();
      }
    },
  },
  {
    name: "a session that one auth signs out of while another, signed-out auth is resuming it stays signed out in both",
    async test(it) {
      const { store } = await it.stored();
      const [one, two] = [it.auth({ store }), it.auth({ store })];
      await Promise.all([one.ready, two.ready]);
      const out = it.until(one, ({ status }) => status === "signed_out");
      await two.signOut();
      await out;
      const held = it.net.hold("verify");
      await two.signIn(username, password);
      await held.reached;
      // From here on, every answer says that the session is alive.
      it.net.users = user;
      await two.signOut();
      await it.turn();
      held.release();
      await it.settled();
      it.is([one.state.status, two.state.status, store.text], ["signed_out", "signed_out", null], "the states");
    },
  },
  {
    name: "however the sign-ins, sign-outs and refreshes of three auths overlap, and however slow their store is, all end with what is stored",
    async test(it) {
      for (let seed = 1; seed <= 40; seed++) {
        let last = seed;
        const below = (most) => (last = (last * 48_271) % 2_147_483_647) % most;
        const moment = async (turns = 4) => {
          for (let left = below(turns); left > 0; left--) await it.turn();
        };
        let number = 0;
        const dead = new Set();
        // Counted, so that the end of all work can be awaited; and no `Response`, whose body takes turns of its own.
        let busy = 0;
        const slowly = async (turns, work) => {
          busy += 1;
          await moment(turns);
          busy -= 1;
          return work();
        };
        const service = (url, { headers, body }) =>
          slowly(4, () => {
            const { Authorization: bearer } = headers;
            const route = url.split("/").at(-1);
            const answer = (status, user) => ({ status, text: async () => (user ? JSON.stringify(user) : "") });
            if (route === "signin") {
              const { username: usersId } = JSON.parse(body);
              return answer(200, { usersId, sessionToken: `${usersId}/${(number += 1)}` });
            }
            if (dead.has(bearer)) return answer(401);
            if (route === "signout") dead.add(bearer);
            const [, usersId] = /^Bearer (.*)[/]/.exec(bearer);
            return answer(200, { usersId, userId: usersId });
          });
        const kept = memory();
        const slow = Object.fromEntries(
          ["get", "set", "remove"].map((method) => [method, (...values) => slowly(3, () => kept[method](...values))]),
        );
        const store = seed % 2 ? kept : slow;
        const auths = [1, 2, 3].map(() => it.auth({ store, fetch: service }));
        await Promise.all(auths.map(({ ready }) => ready));
        const act = async (auth) => {
          for (let left = 6; left > 0; left--) {
            await moment();
            const what = below(20);
            if (what < 10) await auth.signIn(`u-${below(2)}`, password);
            else if (what < 17) await auth.signOut();
            else await auth.refresh();
          }
        };
        await Promise.all(auths.map(act));
        for (let quiet = 0; quiet < 10; quiet = busy ? 0 : quiet + 1) await it.turn();
        const stored = kept.text && JSON.parse(kept.text).token;
        it.is(
          auths.map(({ state }) => state.session?.token ?? null),
          auths.map(() => stored),
          `the tokens of the three, seed ${seed}`,
        );
      }
    },
  },
  {
    name: "sign-out of one while another still resumes: both are signed out, and the late answer changes nothing",
    async test(it) {
      const { store } = await it.stored();
      const [one, two] = [it.auth({ store }), it.auth({ store })];
      const held = it.net.hold("verify");
      await held.reached;
      await one.signOut();
      it.is(two.state, { status: "signed_out", reason: "signed_out" }, "the other's state");
      it.net.users = user;
      held.release();
      await it.settled();
      it.is([one.state.status, two.state.status], ["signed_out", "signed_out"], "the states");
    },
  },
  {
    name: "an auth that could not reach the service hears why another's session has ended, however slow their store is",
    async test(it) {
      for (const wrap of [(store) => store, later]) {
        const { store } = await it.stored();
        const shared = wrap(store);
        const one = it.auth({ store: shared });
        const { session } = await one.ready;
        it.net.down = true;
        const two = it.auth({ store: shared });
        it.is((await two.ready).status, "unknown", "the state offline");
        it.net.down = false;
        await it.kill(session.token);
        const out = it.until(two, ({ status }) => status === "signed_out");
        await session.fetch("/v2/users/x");
        it.is(await out, { status: "signed_out", reason: "expired" }, "the state then");
      }
    },
  },
  {
    name: "two applications of one origin do not hear each other, and share no name in the storage",
    in: "browsers",
    async test(it) {
      const [one, two] = [it.auth({ persist: "localStorage" }), it.auth({ persist: "localStorage", apiKey: otherKey })];
      await Promise.all([one.ready, two.ready]);
      const states = it.states(two);
      await one.signIn(username, password);
      const mine = Object.keys(localStorage);
      await two.signIn("other-user", password);
      it.is([mine.length, Object.keys(localStorage).length], [1, 2], "the names in the storage");
      it.is(
        Object.keys(localStorage).some((name) => name.includes(key.split(" ")[2])),
        false,
        "whether a name tells the key",
      );
      await one.signOut();
      await it.turn();
      it.is(
        states.map(({ status }) => status),
        ["signed_out", "signed_in"],
        "what the second was called with",
      );
      it.is(one.state.status, "signed_out", "the first");
      await it.gives(() => two.signOut(), { confirmed: true });
    },
  },
  {
    name: "two services, or two areas, with one key do not hear each other",
    in: "browsers",
    async test(it) {
      const one = it.auth({ persist: "localStorage" });
      const others = [it.auth({ persist: "sessionStorage" }), it.auth({ persist: "localStorage", baseUrl: it.closed })];
      const states = others.map((auth) => it.states(auth));
      await one.signIn(username, password);
      await one.signOut();
      await it.turn();
      it.is(
        states.map((list) => list.map(({ status }) => status)),
        Array(2).fill(["resuming", "signed_out"]),
        "the states",
      );
    },
  },
  {
    name: "a tab that slept for a day and missed every message looks at the storage when it is shown again",
    in: "browsers",
    async test(it) {
      const auth = it.auth({ persist: "localStorage" });
      const session = await auth.signIn(username, password);
      const [name] = Object.keys(localStorage);
      // A page gets no event for its own change of the storage, so this is like a change that it has missed.
      const other = JSON.parse(localStorage.getItem(name));
      const { token } = await it.platformSignIn("other-user");
      localStorage.setItem(name, JSON.stringify({ ...other, id: "another", token }));
      const replaced = it.until(auth, ({ user }) => user?.usersId === otherUser.usersId);
      document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
      it.is((await replaced).session.token, token, "the token");
      localStorage.removeItem(name);
      const out = it.until(auth, ({ status }) => status === "signed_out");
      document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
      it.is(await out, { status: "signed_out", reason: "signed_out" }, "the state");
      it.is(await session.verify(), true, "the replaced session");
    },
  },
  {
    name: "a tab that slept for a day, and whose token has died meanwhile, is signed out at its next request",
    async test(it) {
      const auth = it.auth({ store: memory() });
      const session = await auth.signIn(username, password);
      await it.kill(session.token);
      it.is([await session.verify(), auth.state], [false, { status: "signed_out", reason: "expired" }], "the state");
    },
  },
];

const inTabs = [
  {
    name: "a sign-in and a sign-out in one tab reach the other, in both directions",
    in: "browsers",
    async test(it) {
      const { here, there } = await it.tabs();
      for (const [from, to] of [
        [here, there],
        [there, here],
        [here, there],
      ]) {
        const into = it.until(to, ({ status }) => status === "signed_in");
        const session = await from.signIn(username, password);
        it.is((await into).session.token, session.token, "the token in the other tab");
        const out = it.until(to, ({ status }) => status === "signed_out");
        await from.signOut();
        it.is(await out, { status: "signed_out", reason: "signed_out" }, "the state in the other tab");
      }
    },
  },
  {
    name: "another user's sign-in in one tab replaces the session in the other, with no `signed_out` between",
    in: "browsers",
    async test(it) {
      const { here, there } = await it.tabs();
      const into = it.until(there, ({ status }) => status === "signed_in");
      await here.signIn(username, password);
      await into;
      const states = it.states(there);
      const replaced = it.until(there, ({ user }) => user?.usersId === otherUser.usersId);
      await here.signIn("other-user", password);
      await replaced;
      it.is(
        states.map(({ user }) => user?.name.firstName),
        ["Zoë", "Ada"],
        "the users in the other tab",
      );
    },
  },
  {
    name: "a session that expires in one tab has expired in the other",
    in: "browsers",
    async test(it) {
      const { here, there } = await it.tabs();
      const into = it.until(there, ({ status }) => status === "signed_in");
      const session = await here.signIn(username, password);
      await into;
      await it.kill(session.token);
      const out = it.until(here, ({ status }) => status === "signed_out");
      it.is(await there.state.session.verify(), false, "verify in the other tab");
      it.is([await out, there.state], Array(2).fill({ status: "signed_out", reason: "expired" }), "the states");
    },
  },
  {
    name: "a storage that is cleared in one tab signs the other out, also while a request is under way, which still gets its answer",
    in: "browsers",
    async test(it) {
      const { here, there, tab } = await it.tabs();
      const into = it.until(there, ({ status }) => status === "signed_in");
      const session = await here.signIn(username, password);
      await into;
      const held = it.net.hold(user.usersId);
      const fetching = session.fetch(`/v2/users/${user.usersId}`);
      await held.reached;
      const out = it.until(here, ({ status }) => status === "signed_out");
      tab.window.localStorage.clear();
      it.is([await out, session.token], [{ status: "signed_out", reason: "signed_out" }, ""], "the state");
      held.release();
      it.is(await (await fetching).json(), user, "the answer");
    },
  },
  {
    name: "sign-in in two tabs at once: both hold the session that is stored in the end",
    in: "browsers",
    async test(it) {
      const { here, there } = await it.tabs();
      const both = [here.signIn(username, password), there.signIn("other-user", password)];
      const tokens = (await Promise.all(both)).map(({ token }) => token);
      it.is(new Set(tokens).size, 2, "the number of tokens");
      // "none" is no session's token. It stands for an empty storage, as there is when the row is over.
      const stored = () => JSON.parse(Object.values(localStorage)[0] ?? "null")?.token ?? "none";
      const agree = () => [here, there].every(({ state }) => state.session?.token === stored());
      // When the last of the two changes, they agree.
      await Promise.race([here, there].map((auth) => it.until(auth, agree)));
      it.is(tokens.includes(stored()), true, "whether it is one of the two");
    },
  },
  {
    name: "a tab that could not reach the service is signed out and in with the others",
    in: "browsers",
    async test(it) {
      const first = it.auth({ persist: "localStorage" });
      await first.signIn(username, password);
      const { there, down } = await it.tabs({ down: true });
      const { status } = await there.ready;
      it.is(status, "unknown", "the state in the other tab");
      const out = it.until(there, ({ status }) => status === "signed_out");
      await first.signOut();
      it.is((await out).reason, "signed_out", "the reason");
      down(false);
      const into = it.until(there, ({ status }) => status === "signed_in");
      await first.signIn(username, password);
      await into;
    },
  },
  {
    name: "no message among the tabs holds a secret",
    in: "browsers",
    async test(it) {
      const channel = new BroadcastChannel("catalyze-signin");
      const messages = [];
      channel.addEventListener("message", ({ data }) => messages.push(JSON.stringify(data)));
      const { here, there } = await it.tabs();
      const into = it.until(there, ({ status }) => status === "signed_in");
      const { token } = await here.signIn(username, password);
      await into;
      const out = it.until(there, ({ status }) => status === "signed_out");
      await here.signOut();
      await out;
      channel.close();
      it.is(messages.length > 0, true, "whether there are messages");
      it.is(
        messages.filter((text) => [token, password, key, ...key.split(" ")].some((secret) => text.includes(secret))),
        [],
        "messages",
      );
    },
  },
  {
    name: "with `sessionStorage` each tab signs in by itself",
    in: "browsers",
    async test(it) {
      // A frame shares the storage of its tab.
      if (it.host.name === "webkit") return;
      const { here, there } = await it.tabs({ persist: "sessionStorage" });
      await there.signIn(username, password);
      await it.turn();
      it.is([here.state.status, there.state.status], ["signed_out", "signed_in"], "the states");
      await there.signOut();
    },
  },
];

const inMemory = [
  {
    name: "of 1,000 auths made and forgotten, signed in, subscribed to or kept in a store, none survives a collection",
    async test(it) {
      // Firefox and WebKit can't be made to collect garbage.
      const { collect } = it.host;
      if (!collect) return;
      const { store } = await it.stored();
      const refs = [];
      const make = async () => {
        for (let count = 0; count < 1000; count++) {
          const auth = it.auth(count % 4 === 0 ? {} : count % 4 === 1 ? { persist: "localStorage" } : { store });
          auth.subscribe(() => void auth);
          await auth.ready;
          if (count % 100 === 0) await auth.signIn(username, password);
          refs.push(new WeakRef(auth));
        }
      };
      await make();
      const alive = () => refs.filter((ref) => ref.deref()).length;
      // A collection can only be requested, and objects that were dereferenced in this turn live until its end.
      for (let round = 0; round < 50 && alive(); round++) {
        await it.turn();
        await collect();
      }
      it.is(alive(), 0, "the number of auths that are left");
    },
  },
];

const groups = {
  state: inState,
  listeners: inListeners,
  refresh: inRefresh,
  page: inPage,
  tabs: inTabs,
  memory: inMemory,
};

export const cases = Object.entries(groups).flatMap(([group, rows]) => rows.map((row) => ({ group, ...row })));
