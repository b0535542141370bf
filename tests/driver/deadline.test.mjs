// The check of deadlines notices calls that break theirs, and is not misled by a busy machine.
import assert from "node:assert/strict";
import { test } from "node:test";
import { guardDeadline } from "./deadline.mjs";

/** What the check finds wrong with a call that has this deadline and gives up after `ms`. `work` runs beside it. */
async function faultsOf({ timeoutMs, ms, timedOut = true, work }) {
  const deadline = guardDeadline(timeoutMs);
  const call = new Promise((resolve) => setTimeout(resolve, ms));
  deadline.callHasBegun();
  work?.();
  await call;
  deadline.callHasSettled();
  return deadline.faults({ timedOut });
}

/** Blocks the event loop for `ms`. */
const block = (ms) => {
  for (const end = performance.now() + ms; performance.now() < end;);
};

test("a call that gives up at its deadline is right", async () => {
  assert.deepEqual(await faultsOf({ timeoutMs: 300, ms: 300 }), []);
});

test("a call that gives up at half of its deadline is too early", async () => {
  assert.deepEqual(await faultsOf({ timeoutMs: 300, ms: 150 }), ["the deadline came before a timer of 25 ms less"]);
});

test("a call that gives up at twice its deadline is too late", async () => {
  assert.deepEqual(await faultsOf({ timeoutMs: 300, ms: 600 }), [
    "the call settled later than a timer of its deadline and 250 ms",
  ]);
});

test("a call that succeeds before its deadline is right, and one that succeeds after it is too late", async () => {
  assert.deepEqual(await faultsOf({ timeoutMs: 300, ms: 50, timedOut: false }), []);
  assert.equal((await faultsOf({ timeoutMs: 300, ms: 600, timedOut: false })).length, 1);
});

// Once a timer is due, Node runs all due timers of the same duration in a row, so one of them may overtake a timer of
// another duration that was due before. Each row blocks the event loop at a moment when this happens.
for (const [what, spacing, from, ms] of [
  ["the timers of calls overtake the guards before them", 100, 290, 400],
  ["the guards after calls overtake the timers of calls", 20, 540, 600],
]) {
  test(`a loop that is held up, so that ${what}, makes no call late and none early`, async () => {
    const calls = Array.from({ length: 40 }, async (_, index) => {
      await new Promise((resolve) => setTimeout(resolve, index * spacing));
      return faultsOf({ timeoutMs: 300, ms: 300 });
    });
    setTimeout(() => block(ms), from);
    assert.deepEqual((await Promise.all(calls)).flat(), []);
  });
}
