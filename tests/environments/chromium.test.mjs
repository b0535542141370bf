// What a browser may collect, and what it must not: 7.5, 8.7 of docs/promises.md. Chromium alone lets a page ask for it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { head, response } from "../driver/answers.mjs";
import { browsers } from "../driver/browsers.mjs";
import { startServer } from "../driver/server.mjs";
import { startSite } from "../driver/site.mjs";

const SESSIONS = 1000;

const answer = [
  ({ route }) =>
    route.endsWith("/signin")
      ? response(200, JSON.stringify({ usersId: "u-1", sessionToken: "token-1" }))
      : [head(200, { "Content-Length": 1000 }), "x".repeat(900), { silence: true }],
];

let server, site, browser;
before(async () => {
  [server, site] = await Promise.all([startServer([{ id: "collection", answer }]), startSite()]);
  browser = await browsers.chromium(site.url);
  await browser.evaluate(`async () => {
    globalThis.client = await import("/package/index.js");
    const texts = { signin: '{"usersId":"u-1","sessionToken":"token-1"}', verify: '{"userId":"u-1"}', signout: "{}", "u-1": '{"usersId":"u-1"}' };
    globalThis.service = async (url) => new Response(texts[url.split("/").at(-1)]);
  }`);
});
after(async () => {
  await browser?.stop();
  site?.stop();
  server?.stop();
});

for (const [what, make] of Object.entries({
  "with a store of its own": `(number) => {
    let text = null;
    const store = { get: () => text, set: (value) => void (text = value), remove: () => void (text = null) };
    return client.signIn("key", "name-" + number, "password", { fetch: service, store });
  }`,
  "with localStorage": `(number) => client.signIn("key", "name-" + number, "password", { fetch: service, store: client.webStorage("localStorage") })`,
  "resumed, used and listened to": `async (number) => {
    const store = client.webStorage("sessionStorage");
    await client.signIn("key", "name-" + number, "password", { fetch: service, store });
    const session = await client.resume({ store, fetch: service });
    session.addEventListener("ended", () => console.log(session.token));
    await session.fetch("/v2/users/u-1", { signal: (globalThis.held ??= new AbortController()).signal });
    return session;
  }`,
})) {
  test(`a session that nobody holds any more is collected, also one with a store: ${what}`, async () => {
    const left = await browser.evaluate(
      `async (count) => {
        const make = ${make};
        const refs = [];
        for (let number = 0; number < count; number++) refs.push(new WeakRef(await make(number)));
        const left = () => refs.filter((ref) => ref.deref()).length;
        for (let turn = 0; turn < 200 && left(); turn++) {
          await new Promise((resolve) => setTimeout(resolve, 10));
          gc();
        }
        return left();
      }`,
      SESSIONS,
    );
    assert.equal(left, 0);
  });
}

test("the body ends with init.signal, whatever kind of signal it is and whatever is garbage-collected meanwhile", async () => {
  const outcomes = await browser.evaluate(
    `async (...lanes) => {
      // A browser opens six connections to one host.
      const [first, second] = await Promise.all(lanes.map((baseUrl) => client.signIn("key", "name", "password", { baseUrl })));
      const collecting = setInterval(() => gc(), 10);
      const controlled = () => {
        const controller = new AbortController();
        setTimeout(() => controller.abort(), 2000);
        return controller.signal;
      };
      const kinds = {
        timeout: () => AbortSignal.timeout(2000),
        controller: controlled,
        "composite of a timeout": () => AbortSignal.any([AbortSignal.timeout(2000)]),
        "composite of composites": () => AbortSignal.any([AbortSignal.any([controlled()]), new AbortController().signal]),
      };
      const outcomes = {};
      const patience = () => new Promise((resolve) => setTimeout(resolve, 30_000, "it never ended"));
      await Promise.all(Object.entries(kinds).flatMap(([kind, make]) =>
        [["init", (signal) => first.fetch("/stalled", { signal })], ["Request", (signal) => second.fetch(new Request(lanes[1] + "/stalled", { signal }))]].map(async ([where, ask]) => {
          const reading = (async () => (await ask(make())).text())();
          outcomes[kind + " in " + where] = await Promise.race([reading.then(() => "it was read", ({ name }) => name), patience()]);
        })));
      clearInterval(collecting);
      return outcomes;
    }`,
    ...server.lanes.slice(0, 2).map((lane) => `${lane}/chromium/collection`),
  );
  assert.equal(Object.keys(outcomes).length, 8);
  for (const [name, outcome] of Object.entries(outcomes)) assert.match(outcome, /^(AbortError|TimeoutError)$/, name);
});
