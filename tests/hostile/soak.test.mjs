// Many sign-ins in one page: memory does not grow, and no call gets the user of another.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { response } from "../driver/answers.mjs";
import { browsers } from "../driver/browsers.mjs";
import { startServer } from "../driver/server.mjs";
import { startSite } from "../driver/site.mjs";

const IN_A_ROW = 5000;
const STEP = 1000;
const AT_ONCE = 500;

const answer = [
  ({ body }) => {
    const { username } = JSON.parse(body);
    return response(
      200,
      JSON.stringify({ usersId: username, sessionToken: `token-${username}`, extras: "x".repeat(2000) }),
    );
  },
];

let server, site, browser;
before(async () => {
  [server, site] = await Promise.all([startServer([{ id: "soak", answer }]), startSite()]);
  browser = await browsers.chromium(site.url);
  await browser.evaluate(`async () => {
    const { catchEngines, memories } = await import("/driver/engines.mjs");
    catchEngines(new URL("/package/", location).href);
    globalThis.engineBytes = () => memories().map(({ buffer }) => buffer.byteLength);
    globalThis.client = await import("/package/index.js");
  }`);
});
after(async () => {
  await browser?.stop();
  site?.stop();
  server?.stop();
});

/** The memory of each engine and the page's heap in bytes, after a garbage collection. */
async function sizes() {
  const session = await browser.page.createCDPSession();
  await session.send("HeapProfiler.collectGarbage");
  await session.detach();
  const { JSHeapUsedSize } = await browser.page.metrics();
  return { engine: await browser.evaluate("async () => globalThis.engineBytes()"), heap: JSHeapUsedSize };
}

/** Signs in again and again, one after the other. */
const inARow = (from, to) =>
  browser.evaluate(
    `async (base, from, to) => {
      for (let number = from; number < to; number++) {
        const { user, token } = await client.signIn("key", "user-" + number, "password", { baseUrl: base });
        if (user.usersId !== "user-" + number || token !== "token-user-" + number) throw new Error("another's session");
      }
    }`,
    `${server.lanes[0]}/chromium/soak`,
    from,
    to,
  );

test(`${IN_A_ROW} sign-ins in a row leave memory and heap as they were`, async (context) => {
  const figures = [];
  for (let from = 0; from < IN_A_ROW; from += STEP) {
    await inARow(from, from + STEP);
    figures.push(await sizes());
  }
  for (const { engine, heap } of figures) context.diagnostic(`engine ${engine} bytes, heap ${heap} bytes`);
  // The page and the engine keep what they need at first, so the comparison begins after that.
  const [first] = figures;
  const last = figures.at(-1);
  assert.equal(first.engine.length, 1, "the number of engines");
  assert.deepEqual(last.engine, first.engine, "the engine's memory grew");
  // Less than one small object for each sign-in.
  assert.ok(last.heap - first.heap < 16 * (IN_A_ROW - STEP), `the heap grew by ${last.heap - first.heap} bytes`);
  assert.equal(server.exchanges.length, IN_A_ROW);
});

test(`${AT_ONCE} sign-ins at once settle, each with its own user`, async () => {
  const outcomes = await browser.evaluate(
    `async (lanes, count) => {
      const calls = Array.from({ length: count }, (_, number) =>
        client.signIn("key", "one-of-many-" + number, "password", { baseUrl: lanes[number % lanes.length] + "/chromium/soak" }));
      return (await Promise.allSettled(calls)).map(({ value, reason }) => value?.user.usersId + " " + (value?.token ?? reason?.code));
    }`,
    server.lanes,
    AT_ONCE,
  );
  assert.deepEqual(
    outcomes,
    Array.from({ length: AT_ONCE }, (_, number) => `one-of-many-${number} token-one-of-many-${number}`),
  );
});

test(`${AT_ONCE} calls at once that the server never answers settle at their deadline`, async () => {
  const outcomes = await browser.evaluate(
    `async (count) => {
      const fetch = () => new Promise(() => {});
      const calls = Array.from({ length: count }, (_, number) => client.signIn("key", "silent-" + number, "password", { fetch, timeoutMs: 500 }));
      const codes = new Set((await Promise.allSettled(calls)).map(({ reason }) => reason?.code));
      return [...codes];
    }`,
    AT_ONCE,
  );
  assert.deepEqual(outcomes, ["timeout"]);
});
