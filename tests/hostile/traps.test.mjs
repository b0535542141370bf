// A trap at every place where one can happen. A sign-in enters the engine several times, and each of these entries
// traps once. What must follow is 4.4 of docs/promises.md.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { catchEngines, enginesMade } from "../driver/engines.mjs";
import { goodModule, packageUrl, trapping } from "../driver/modules.mjs";

catchEngines(packageUrl);

const unhandled = [];
for (const kind of ["unhandledRejection", "uncaughtException"])
  process.on(kind, (reason) => unhandled.push(String(reason?.stack)));
after(() => assert.deepEqual(unhandled, [], "a trap was nobody's to handle"));

/** An instance of the package that runs the module `bytes`. */
async function packageOf(bytes, name) {
  const api = await import(`${packageUrl}index.js?${name}`);
  return {
    ...api,
    loaded: await api.init(bytes).then(
      () => true,
      () => false,
    ),
  };
}

/** The outcome of a call: the name of the user, or the code of the error. */
const outcomeOf = (call) =>
  call.then(
    ({ user }) => user.usersId,
    ({ code }) => code,
  );

/** Answers with the username of the request, a turn of the event loop later, when all calls are in flight. */
const echo =
  (status) =>
  async (url, { body }) => {
    await new Promise(setImmediate);
    const { username } = JSON.parse(body);
    return new Response(
      JSON.stringify({ usersId: username, sessionToken: "t", errors: [{ code: 1, message: username }] }),
      { status },
    );
  };

for (const [what, status] of [
  ["a session", 200],
  ["a refusal", 401],
]) {
  test(`a trap at any of the entries that lead to ${what} rejects with internal, and the next call works`, async () => {
    let survived = 0;
    let trapped = 0;
    const normal = status === 200 ? "name" : "invalid_credentials";
    for (let n = 2; survived < 3; n++) {
      const { signIn } = await packageOf(await trapping(n), `${status}-${n}`);
      const sign = () => signIn("key", "name", "password", { fetch: echo(status) });
      const first = await outcomeOf(sign());
      assert.ok([normal, "internal"].includes(first), `entry ${n}: ${first}`);
      // Three numbers in a row that the sign-in did not reach: there are no more entries.
      if (first === "internal") [trapped, survived] = [trapped + 1, 0];
      else survived++;
      if (first === "internal") assert.equal(await outcomeOf(sign()), normal, `after a trap at entry ${n}`);
    }
    // One entry for what to send, and one for what the answer means.
    assert.ok(trapped >= 2, `only ${trapped} entries trapped`);
  });
}

test("a trap among twenty calls in flight settles all of them, none as another's", async () => {
  let trapped = 0;
  for (let n = 2; ; n += 7) {
    const { signIn } = await packageOf(await trapping(n), `many-${n}`);
    const sign = (name) => outcomeOf(signIn("key", name, "password", { fetch: echo(200) }));
    const names = Array.from({ length: 20 }, (_, index) => `user-${index}`);
    const outcomes = await Promise.all(names.map(sign));
    outcomes.forEach((outcome, index) =>
      assert.ok([names[index], "internal"].includes(outcome), `entry ${n}: ${outcome}`),
    );
    // Beyond the last entry of all twenty calls.
    if (!outcomes.includes("internal")) break;
    trapped++;
    assert.equal(await sign("next"), "next", `after a trap at entry ${n}`);
  }
  // Twenty calls enter forty times and more.
  assert.ok(trapped >= 5, `only ${trapped} entries trapped`);
});

test("an instance that has trapped is asked nothing more", async () => {
  const { signIn } = await packageOf(await trapping(2), "dead");
  const made = enginesMade();
  const sign = (name) => outcomeOf(signIn("key", name, "password", { fetch: echo(200) }));
  // Both calls begin with the same instance, and the first of them traps in it. The module traps only once, so the
  // trapped instance would answer again. But it must not be used: the second call fails too, or gets an instance of its
  // own.
  const [first, second] = await Promise.all([sign("first"), sign("second")]);
  assert.equal(first, "internal");
  assert.equal(second, enginesMade() > made ? "second" : "internal");
  assert.equal(await sign("next"), "next");
  assert.ok(enginesMade() > made, "the next call got the instance that had trapped");
});

test("memory that can't grow enough for a password is a trap like any other", async () => {
  const { signIn } = await packageOf(withLittleMemory(await goodModule()), "full");
  const sign = (password) => outcomeOf(signIn("key", "name", password, { fetch: echo(200) }));
  assert.equal(await sign("short"), "name");
  assert.equal(await sign("x".repeat(10_000_000)), "internal");
  assert.equal(await sign("short"), "name");
});

/** The module with only half a megabyte of memory to allocate. */
function withLittleMemory(bytes) {
  const source = Buffer.from(bytes);
  const integer = (place) => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = source[place++];
      value |= (byte & 127) << shift;
      if (byte < 128) return [value, place];
    }
  };
  for (let place = 8; place < source.length;) {
    const [length, content] = integer(place + 1);
    const end = content + length;
    if (source[place] === 5) {
      // One memory without a maximum, and its initial size in pages of 64 KiB.
      const [memories, limits, pages] = source.subarray(content, end);
      assert.deepEqual([memories, limits, pages < 100], [1, 0, true]);
      const section = Buffer.from([5, 4, 1, 1, pages, pages + 8]);
      return Buffer.concat([source.subarray(0, place), section, source.subarray(end)]);
    }
    place = end;
  }
  throw new Error("the module has no memory");
}
