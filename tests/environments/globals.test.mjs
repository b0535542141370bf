// Where the platform lacks what most have, or where a test or a framework has put something in its place:
// 4.11, 4.12, 7.11 of docs/promises.md.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inFreshNode } from "./fresh.mjs";

/** A member of the global object, or of one of its members. */
const names = [
  ...["Response", "Request", "Headers", "FormData", "Blob", "ReadableStream", "fetch", "URLSearchParams"],
  ...["TextDecoder", "TextEncoder", "DecompressionStream", "CompressionStream", "structuredClone", "queueMicrotask"],
  ...[
    "CustomEvent",
    "Event",
    "MessageChannel",
    "BroadcastChannel",
    "DOMException",
    "performance",
    "crypto",
    "navigator",
  ],
  ...["FinalizationRegistry", "WeakRef", "AbortSignal.any", "AbortSignal.timeout", "process", "Buffer"],
];

/** Puts a value in the place of each, or takes it away. */
const replace = ({ names, by }) => {
  for (const name of names) {
    const path = name.split(".");
    const holder = path.length > 1 ? globalThis[path[0]] : globalThis;
    const member = path.at(-1);
    if (Object.getOwnPropertyDescriptor(holder, member)?.configurable === false) continue;
    delete holder[member];
    const throwing = class {
      constructor() {
        throw new Error("not here");
      }
    };
    if (by === "throws") Object.defineProperty(holder, member, { value: throwing, configurable: true, writable: true });
    if (by === "undefined")
      Object.defineProperty(holder, member, { value: undefined, configurable: true, writable: true });
  }
};

/** All that a caller does, with letters of two, three and four bytes on the way. */
const everything = async ({ api, service }) => {
  const bodies = [];
  const fetch = async (input, init) => {
    if (init.body) bodies.push(init.body);
    return service(input);
  };
  let text = null;
  const store = { get: () => text, set: (value) => void (text = value), remove: () => void (text = null) };
  const session = await api.signIn("key", "łódź", "p\u{1f511}\u20ac", {
    fetch,
    store,
    signal: new AbortController().signal,
  });
  const resumed = await api.resume({ store, fetch });
  const ends = [];
  for (const each of [session, resumed]) each.addEventListener("ended", ({ detail }) => ends.push(detail));
  const answer = await session.fetch("/v2/users/u-1", {
    headers: { "X-More": "1" },
    signal: new AbortController().signal,
  });
  const alive = await session.verify();
  const error = await api
    .signIn("key", "name", "password", { fetch: async () => ({ status: 403, text: async () => '{"errors":["nö"]}' }) })
    .catch((reason) => reason);
  const out = await session.signOut();
  return {
    user: session.user,
    bodies,
    status: answer.status,
    alive,
    refusal: [error.code, error.serverErrors],
    out,
    left: [text, session.token, resumed.token],
    ends,
  };
};

const whole = {
  user: { usersId: "u-1", name: { firstName: "Zoë" } },
  bodies: [JSON.stringify({ username: "łódź", password: "p\u{1f511}\u20ac" })],
  status: 200,
  alive: true,
  refusal: ["forbidden", [{ code: -1, message: "nö" }]],
  out: { confirmed: true },
  left: [null, "", ""],
  ends: ["signed_out", "signed_out"],
};

/** Without a class of events that works, nobody can be told of the end. */
const hearsOfNothing = (gone, by) => gone.includes("CustomEvent") && (gone.includes("Event") || by === "throws");

/** What stands beside the request. Nobody can do without the rest where it is there and throws. */
const beside = [
  ...[
    "FormData",
    "Blob",
    "ReadableStream",
    "URLSearchParams",
    "DecompressionStream",
    "CompressionStream",
    "structuredClone",
  ],
  ...[
    "queueMicrotask",
    "CustomEvent",
    "MessageChannel",
    "BroadcastChannel",
    "DOMException",
    "crypto",
    "AbortSignal.any",
    "AbortSignal.timeout",
  ],
];

for (const [by, some] of [
  ["absent", names],
  ["undefined", names],
  ["throws", beside],
]) {
  for (const [what, gone] of [...some.map((name) => [name, [name]]), ["all of them", some]]) {
    test(`signing in, using a session and signing out do without ${what}: ${by}`, async () => {
      const outcome = await inFreshNode(everything, { prepare: replace, values: { names: gone, by } });
      assert.deepEqual(outcome, hearsOfNothing(gone, by) ? { ...whole, ends: [] } : whole);
    });
  }
}

/** Tests that look at marks and entries put such a thing in its place. */
const withoutClock = ({ clock }) => {
  const value = { mark() {}, ...(clock === "absent" ? {} : { now: () => undefined }) };
  Object.defineProperty(globalThis, "performance", { value, configurable: true, writable: true });
};

for (const clock of ["absent", "of nothing"]) {
  test(`signing in, using a session and signing out do with a performance whose clock is ${clock}`, async () => {
    assert.deepEqual(await inFreshNode(everything, { prepare: withoutClock, values: { clock } }), whole);
  });
}

/** Another library's classes in the place of the platform's. */
const byLibrary = async (library) => {
  const { default: fetch, ...classes } = await import(library);
  for (const name of ["Response", "Request", "Headers", "FormData", "Blob", "File", "MessageEvent", "fetch"]) {
    const value = name === "fetch" ? (fetch.fetch ?? fetch) : (classes[name] ?? fetch[name]);
    if (value) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
};

for (const library of ["node-fetch", "undici"]) {
  test(`signing in, using a session and signing out work where the classes of ${library} stand in for the platform's`, async () => {
    assert.deepEqual(await inFreshNode(everything, { prepare: byLibrary, values: library }), whole);
  });

  test(`the module comes from a response of ${library}, and from an address by its fetch`, async () => {
    const outcome = await inFreshNode(
      async ({ api, service, folder }) => {
        const { readFile } = await import("node:fs/promises");
        const bytes = await readFile(new URL("catalyze_signin_bg.wasm", folder));
        const module = () => new Response(bytes);
        await api.init(module());
        const again = await import(`${folder}index.js?again`);
        globalThis.fetch = async () => module();
        await again.init("https://h/module.wasm");
        return [
          (await api.signIn("key", "a", "b", { fetch: service })).token,
          (await again.signIn("key", "a", "b", { fetch: service })).token,
        ];
      },
      { prepare: byLibrary, values: library },
    );
    assert.deepEqual(outcome, ["token-1", "token-1"]);
  });
}

test("what the platform lacks is named by wasm_unavailable, and no advice is given that does not help", async () => {
  const named = await inFreshNode(async ({ api, service }) => {
    const messages = [];
    for (const name of ["WebAssembly", "AbortController", "Uint8Array"]) {
      const value = globalThis[name];
      delete globalThis[name];
      const error = await api.signIn("key", "name", "password", { fetch: service }).catch((reason) => reason);
      globalThis[name] = value;
      messages.push([name, error.code, error.message.includes(name), /again/.test(error.message)]);
    }
    // The next call tries again.
    return [...messages, (await api.signIn("key", "name", "password", { fetch: service })).token];
  });
  const expected = ["WebAssembly", "AbortController", "Uint8Array"].map((name) => [
    name,
    "wasm_unavailable",
    true,
    false,
  ]);
  assert.deepEqual(named, [...expected, "token-1"]);
});

test("the package can be imported where there is neither EventTarget nor WebAssembly, as in React Native, and each call names what is missing", async () => {
  const outcomes = await inFreshNode(
    async ({ api, service }) => {
      // After the import, since Node's own `fetch` needs it. tests/packaging/faults.test.mjs imports without it.
      delete globalThis.WebAssembly;
      const auth = api.createAuth({ apiKey: "key", fetch: service });
      const calls = [
        () => api.init(),
        () => api.signIn("key", "name", "password", { fetch: service }),
        () => api.resume("key", "token-1", { fetch: service }),
        () => auth.signIn("name", "password"),
      ];
      const outcomes = [auth.state.status];
      for (const call of calls)
        outcomes.push(await call().catch(({ code, message }) => [code, message.includes("no WebAssembly")]));
      return outcomes;
    },
    {
      prepare: replace,
      values: { names: ["EventTarget", "CustomEvent", "Event", "fetch", "URL", "AbortController"], by: "absent" },
    },
  );
  const missing = ["wasm_unavailable", true];
  assert.deepEqual(outcomes, ["signed_out", missing, missing, missing, missing]);
});

/** Classes of events that are another maker's than the `EventTarget` that is there, and the other way round. */
const MAKERS = {
  "another's CustomEvent": { CustomEvent: true },
  "another's Event": { Event: true },
  "another's CustomEvent and Event": { CustomEvent: true, Event: true },
  "another's EventTarget": { EventTarget: true },
  "another's EventTarget, CustomEvent and Event": { EventTarget: true, CustomEvent: true, Event: true },
};

/** As happy-dom and jsdom make their own: neither takes the other's. */
const replaceMakers = (names) => {
  class Event {
    constructor(type) {
      this.type = type;
    }
  }
  class CustomEvent extends Event {}
  class EventTarget {
    #listeners = new Map();
    addEventListener(type, listener) {
      this.#listeners.set(listener, type);
    }
    removeEventListener(type, listener) {
      this.#listeners.delete(listener);
    }
    dispatchEvent(event) {
      if (!(event instanceof Event)) throw new TypeError("parameter 1 is not of type 'Event'");
      for (const [listener, type] of this.#listeners) if (type === event.type) listener.call(this, event);
      return true;
    }
  }
  const classes = { Event, CustomEvent, EventTarget };
  for (const name of Object.keys(names))
    Object.defineProperty(globalThis, name, { value: classes[name], configurable: true, writable: true });
};

const signsOut = async ({ api, service }) => {
  const asked = [];
  let text = null;
  const store = { get: () => text, set: (value) => void (text = value), remove: () => void (text = null) };
  const fetch = (url) => (asked.push(url.split("/").at(-1)), service(url));
  const session = await api.signIn("key", "name", "password", { fetch, store });
  const ends = [];
  session.addEventListener("ended", ({ detail }) => ends.push(detail));
  const result = await session.signOut();
  return { result, asked, text, token: session.token, ends };
};

for (const [what, names] of Object.entries(MAKERS)) {
  const ended = { result: { confirmed: true }, asked: ["signin", "signout"], text: null, token: "" };
  // Those that were there at the import are of one maker, or of two.
  const isOneMaker = !names.EventTarget === !names.CustomEvent;

  test(`no event keeps the service from being told: ${what} before the import`, async () => {
    const outcome = await inFreshNode(signsOut, { prepare: replaceMakers, values: names });
    assert.deepEqual(outcome, { ...ended, ends: isOneMaker ? ["signed_out"] : [] });
  });

  test(`no event keeps the service from being told, and listeners hear of the end: ${what} after the import`, async () => {
    const work = `async (context) => { (${replaceMakers})(${JSON.stringify(names)}); return (${signsOut})(context); }`;
    assert.deepEqual(await inFreshNode(work), { ...ended, ends: ["signed_out"] });
  });
}
