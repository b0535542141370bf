// Under fake timers, as sinon, Jest and Vitest install them: 4.11, 4.12 of docs/promises.md.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inFreshNode } from "./fresh.mjs";

/** Replaces all that sinon replaces, with a clock that stands still until `tick` is called. */
const install = () => {
  let now = 0;
  let next = 1;
  const timers = new Map();
  const start =
    (repeats) =>
    (work, ms = 0, ...rest) => {
      const id = next++;
      timers.set(id, { due: now + ms, every: repeats ? ms : undefined, work: () => work(...rest) });
      return { id, ref() {}, unref() {}, hasRef: () => true, [Symbol.toPrimitive]: () => id };
    };
  const end = (timer) => void timers.delete(Number(timer));
  const never = (work, ...rest) => start(false)(work, 0, ...rest);
  Object.assign(globalThis, {
    setTimeout: start(false),
    setInterval: start(true),
    setImmediate: never,
    requestAnimationFrame: never,
    requestIdleCallback: never,
    queueMicrotask: never,
    clearTimeout: end,
    clearInterval: end,
    clearImmediate: end,
    cancelAnimationFrame: end,
  });
  process.nextTick = never;
  process.hrtime = Object.assign(() => [0, 0], { bigint: () => 0n });
  const RealDate = Date;
  globalThis.Date = class extends RealDate {
    constructor(...values) {
      super(...(values.length ? values : [now]));
    }
    static now() {
      return now;
    }
  };
  const clock = { now: () => now, mark() {}, measure() {}, timeOrigin: 0 };
  Object.defineProperty(globalThis, "performance", { value: clock, configurable: true, writable: true });
  globalThis.tick = (ms) => {
    now += ms;
    for (const [id, { due, work }] of timers) {
      if (due > now) continue;
      timers.delete(id);
      work();
    }
  };
  globalThis.timersLeft = () => timers.size;
};

const signsInAndOut = async ({ api, service }) => {
  let text = null;
  const store = {
    get: async () => text,
    set: async (value) => void (text = value),
    remove: async () => void (text = null),
  };
  const session = await api.signIn("key", "name", "password", { fetch: service, store });
  const resumed = await api.resume({ store, fetch: service });
  const answer = await session.fetch("/v2/users/u-1");
  const outcome = [
    session.user.usersId,
    resumed.token,
    answer.status,
    await session.verify(),
    await session.signOut(),
    text,
  ];
  return { outcome, left: globalThis.timersLeft() };
};

const whole = { outcome: ["u-1", "token-1", 200, true, { confirmed: true }, null], left: 0 };

test("loading and every call settle under fake timers that were installed before the import", async () => {
  assert.deepEqual(await inFreshNode(signsInAndOut, { prepare: install }), whole);
});

test("loading and every call settle under fake timers that were installed after the import", async () => {
  const work = `async (context) => { (${install})(); return (${signsInAndOut})(context); }`;
  assert.deepEqual(await inFreshNode(work), whole);
});

test("a deadline under fake timers passes when they say so, and not before", async () => {
  const outcome = await inFreshNode(
    async ({ api }) => {
      let asked;
      const reached = new Promise((resolve) => (asked = resolve));
      const fetch = () => (asked(), new Promise(() => {}));
      const codes = [];
      const call = api
        .signIn("key", "name", "password", { fetch, timeoutMs: 1000 })
        .catch(({ code }) => codes.push(code));
      await reached;
      globalThis.tick(999);
      const before = [...codes];
      globalThis.tick(1);
      await call;
      return { before, codes, left: globalThis.timersLeft() };
    },
    { prepare: install },
  );
  assert.deepEqual(outcome, { before: [], codes: ["timeout"], left: 0 });
});

test("real timers that are put back while a call is under way leave it alone", async () => {
  const work = `async ({ api, service }) => {
    const real = { setTimeout, clearTimeout, Date };
    const { performance } = globalThis;
    (${install})();
    const call = api.signIn("key", "name", "password", { fetch: service });
    Object.assign(globalThis, real);
    Object.defineProperty(globalThis, "performance", { value: performance });
    return (await call).user.usersId;
  }`;
  assert.equal(await inFreshNode(work), "u-1");
});
