// What garbage collection may take away and what it must not: 4.6, 7.5, 8.7 of docs/promises.md.
// With --expose-gc, in a Node of its own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inFreshNode } from "./fresh.mjs";

const flags = ["--expose-gc"];

/** A server, a session that uses it, and a collector that never rests. Runs in the new Node. */
const withServer = async ({ api }) => {
  const { createServer } = await import("node:http");
  const { once } = await import("node:events");
  const server = createServer((request, response) => {
    const name = request.url.split("/").at(-1);
    if (name === "signin") return void response.end('{"usersId":"u-1","sessionToken":"token-1"}');
    if (name === "whole") return void response.end("x".repeat(100));
    response.writeHead(200, { "Content-Length": 100 }).write("x");
    if (name === "broken") setTimeout(() => response.destroy(), 20);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const base = `http://127.0.0.1:${server.address().port}`;
  const collecting = setInterval(() => gc(), 10);
  let fetch;
  const session = await api.signIn("key", "name", "password", {
    baseUrl: base,
    fetch: (...values) => (fetch ?? globalThis.fetch)(...values),
  });
  const ask = (path, init, given) => {
    fetch = given;
    return session.fetch(path, init);
  };
  /** Collects until `done` says so. A bound of turns, so that what is never collected is a failure and no hang. */
  const collectUntil = async (done) => {
    for (let turn = 0; turn < 300 && !done(); turn++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      gc();
    }
    clearInterval(collecting);
    return done();
  };
  return { base, ask, collectUntil };
};

/** Long enough for the headers of all to come, with a collector that never rests and on a machine that is busy. */
const DELAY_MS = 8000;

/** The kinds of signals, each of which nobody holds but who is given it, and which abort by themselves. */
const signals = {
  "AbortSignal.timeout": `() => AbortSignal.timeout(${DELAY_MS})`,
  "a controller's": `() => { const controller = new AbortController(); setTimeout(() => controller.abort(), ${DELAY_MS}); return controller.signal; }`,
  "a composite of a controller's": `() => { const controller = new AbortController(); setTimeout(() => controller.abort(), ${DELAY_MS}); return AbortSignal.any([controller.signal]); }`,
  "a composite of two, one of which never aborts": `() => {
    const controller = new AbortController();
    globalThis.held = controller.signal;
    setTimeout(() => controller.abort(), ${DELAY_MS});
    return AbortSignal.any([new AbortController().signal, controller.signal]);
  }`,
};
// Node 20 collects what a composite is made of, and then not even a listener of the caller's own hears of it.
if (!process.version.startsWith("v20."))
  signals["a composite of AbortSignal.timeout"] = `() => AbortSignal.any([AbortSignal.timeout(${DELAY_MS})])`;

/** How the caller gives it, and how the body is read: of the response, nothing else is held. */
const givings = {
  "in init": `(ask, base, signal) => ask("/stalled", { signal })`,
  "in a Request": `(ask, base, signal) => ask(new Request(base + "/stalled", { signal }))`,
};
const readings = {
  "text()": `(response) => response.text()`,
  "its reader": `async (response) => { const reader = response.body.getReader(); while (!(await reader.read()).done); }`,
  "an iteration": `async (response) => { for await (const chunk of response.body); }`,
};

const without = { "": "", " where AbortSignal.any is missing": "delete AbortSignal.any;" };

for (const [platform, removal] of Object.entries(without)) {
  test(`the body ends with init.signal, whatever kind of signal it is and whatever is garbage-collected meanwhile${platform}`, async (context) => {
    const kinds = Object.entries(signals).filter(([, code]) => !removal || !code.includes(".any("));
    const all = kinds.flatMap(([kind, make]) =>
      Object.entries(givings).flatMap(([where, give]) =>
        Object.entries(readings).map(([how, read]) => [`${kind}, ${where}, read by ${how}`, make, give, read]),
      ),
    );
    const work = `async (context) => {
      const { base, ask } = await (${withServer})(context);
      ${removal}
      const outcomes = {};
      const patience = (name) => new Promise((resolve) => setTimeout(resolve, 60_000, "it never ended"));
      await Promise.all([
        ${all
          .map(
            ([name, make, give, read]) => `(async () => {
          const reading = (async () => (${read})(await (${give})(ask, base, (${make})())))();
          outcomes[${JSON.stringify(name)}] = await Promise.race([reading.then(() => "it was read", ({ name }) => name), patience()]);
        })()`,
          )
          .join(",\n")}
      ]);
      return outcomes;
    }`;
    const outcomes = await inFreshNode(work, { flags });
    assert.equal(Object.keys(outcomes).length, all.length);
    for (const [name, outcome] of Object.entries(outcomes)) {
      await context.test(name, () => assert.match(outcome, /^(AbortError|TimeoutError)$/));
    }
  });
}

/** How a caller is done with a body. */
const ends = {
  "read by text()": `(response) => response.text()`,
  "read by json()": `(response) => response.json().catch(() => {})`,
  "read by arrayBuffer()": `(response) => response.arrayBuffer()`,
  "read by blob()": `(response) => response.blob()`,
  "read by formData()": `(response) => response.formData().catch(() => {})`,
  "read by its reader": `async (response) => { const reader = response.body.getReader(); while (!(await reader.read()).done); }`,
  "cancelled by its reader": `(response) => response.body.getReader().cancel()`,
  "read by an iteration": `async (response) => { for await (const chunk of response.body); }`,
  "read by a pipe": `(response) => response.body.pipeTo(new WritableStream({}))`,
  "read from a copy": `(response) => response.clone().text()`,
  cancelled: `(response) => response.body.cancel()`,
  dropped: `() => {}`,
  "dropped before its end": [`() => {}`, "/stalled"],
  "cut off": [`(response) => response.text().catch(() => {})`, "/broken"],
};

for (const [platform, removal] of Object.entries(without)) {
  test(`nothing is left on the caller's signal once the body has been read or dropped${platform}`, async (context) => {
    const work = `async (context) => {
      const { base, ask, collectUntil } = await (${withServer})(context);
      ${removal}
      const { getEventListeners } = await import("node:events");
      const left = {};
      const waiting = [];
      for (const [name, finish, path] of [${Object.entries(ends)
        .map(
          ([name, end]) =>
            `[${JSON.stringify(name)}, ${[end].flat()[0]}, ${JSON.stringify([end].flat()[1] ?? "/whole")}]`,
        )
        .join(",\n")}]) {
        const { signal } = new AbortController();
        const given = [];
        const fetch = (input, init) => {
          if (init.signal !== undefined && String(input).endsWith(path)) given.push(new WeakRef(init.signal));
          return globalThis.fetch(input, init);
        };
        for (let count = 0; count < 20; count++) await (async () => { await finish(await ask(path, { signal }, fetch)); })();
        // At once where it was read by a method of the response, and when it is collected otherwise.
        waiting.push(() => {
          left[name] = [getEventListeners(signal, "abort").length, given.filter((ref) => ref.deref()).length, given.length];
          return left[name][0] === 0 && left[name][1] === 0;
        });
      }
      await collectUntil(() => waiting.map((isDone) => isDone()).every(Boolean));
      return left;
    }`;
    const left = await inFreshNode(work, { flags });
    for (const name of Object.keys(ends)) await context.test(name, () => assert.deepEqual(left[name], [0, 0, 20]));
  });
}

test("where AbortSignal.any is missing, no listener is left at the moment when a method has read the body, or it has failed", async () => {
  const methods = Object.entries(ends).filter(([name]) => /^read by \w+\(\)|reader|cut off/.test(name));
  const work = `async (context) => {
    const { ask } = await (${withServer})(context);
    delete AbortSignal.any;
    const { getEventListeners } = await import("node:events");
    const left = {};
    for (const [name, finish, path] of [${methods.map(([name, end]) => `[${JSON.stringify(name)}, ${[end].flat()[0]}, ${JSON.stringify([end].flat()[1] ?? "/whole")}]`).join(",\n")}]) {
      const { signal } = new AbortController();
      const response = await ask(path, { signal });
      const before = getEventListeners(signal, "abort").length;
      await finish(response);
      await null;
      left[name] = [before, getEventListeners(signal, "abort").length];
      globalThis.kept = [...(globalThis.kept ?? []), response];
    }
    return left;
  }`;
  const left = await inFreshNode(work, { flags });
  assert.deepEqual(left, Object.fromEntries(methods.map(([name]) => [name, [1, 0]])));
});

const forgotten = async ({ api, service }, make) => {
  const refs = [];
  const collected = () => refs.filter((ref) => !ref.deref()).length;
  for (let count = 0; count < 1000; count++) {
    await (async () => {
      let text = null;
      const store = { get: () => text, set: (value) => void (text = value), remove: () => void (text = null) };
      refs.push(...(await make({ api, service, store, count })).map((session) => new WeakRef(session)));
    })();
  }
  for (let turn = 0; turn < 300 && collected() < refs.length; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    gc();
  }
  return [refs.length, collected()];
};

const makers = {
  "signed in": `async ({ api, service, store, count }) => [await api.signIn("key", "name-" + count, "password", { fetch: service, store })]`,
  "signed in, with a store that is asynchronous": `async ({ api, service, store, count }) => {
    const later = { get: async () => store.get(), set: async (text) => store.set(text), remove: async () => store.remove() };
    return [await api.signIn("key", "name-" + count, "password", { fetch: service, store: later })];
  }`,
  "signed in, with one store for all": `async ({ api, service, store, count }) => {
    globalThis.common ??= store;
    return [await api.signIn("key", "name-" + count, "password", { fetch: service, store: globalThis.common })];
  }`,
  resumed: `async ({ api, service, store, count }) => {
    const first = await api.signIn("key", "name-" + count, "password", { fetch: service, store });
    return [first, await api.resume({ fetch: service, store })];
  }`,
  "used, and listened to": `async ({ api, service, store, count }) => {
    const session = await api.signIn("key", "name-" + count, "password", { fetch: service, store });
    session.addEventListener("ended", () => globalThis.ends.push(session.token));
    await session.verify();
    await session.fetch("/v2/users/u-1", { signal: (globalThis.signal ??= new AbortController().signal) });
    return [session];
  }`,
  "signed out": `async ({ api, service, store, count }) => {
    const session = await api.signIn("key", "name-" + count, "password", { fetch: service, store });
    await session.signOut();
    return [session];
  }`,
};

for (const [what, make] of Object.entries(makers)) {
  test(`a session that nobody holds any more is collected, also one with a store: ${what}`, async () => {
    const [made, collected] = await inFreshNode(`(context) => (${forgotten})(context, ${make})`, { flags });
    assert.ok(made >= 1000);
    assert.equal(collected, made);
  });
}

test("a session of which a method alone is held hears of its end in another session of the page", async () => {
  const code = await inFreshNode(
    async ({ api, service }) => {
      let text = null;
      const store = { get: () => text, set: (value) => void (text = value), remove: () => void (text = null) };
      const other = await api.signIn("key", "name", "password", { fetch: service, store });
      const { verify } = await api.resume({ fetch: service, store });
      for (let turn = 0; turn < 20; turn++) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        gc();
      }
      await other.signOut();
      return verify().then(
        () => "alive",
        ({ code }) => code,
      );
    },
    { flags },
  );
  assert.equal(code, "signed_out");
});
