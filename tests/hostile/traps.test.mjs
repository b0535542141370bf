// A trap at every place where one can happen: the engine is entered several times for a sign-in, and each
// time is the one that traps once.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { goodModule, packageFolder, trapping } from "./modules.mjs";

const unhandled = [];
for (const kind of ["unhandledRejection", "uncaughtException"]) process.on(kind, (reason) => unhandled.push(String(reason?.stack)));
after(() => assert.deepEqual(unhandled, [], "a trap was told to nobody in particular"));

const LIMIT_MS = 5000;

/** An instance of the package that runs the module `bytes`. */
async function packageOf(bytes, name) {
  const api = await import(`${pathToFileURL(join(packageFolder, "index.js"))}?${name}`);
  return { ...api, loaded: await api.init(bytes).then(() => true, () => false) };
}

/** What becomes of a call, as one word. */
const told = (call) => call.then(({ user }) => user.usersId, ({ code }) => code);

/** Answers with the username of whoever asks, as slowly as the others need to be in flight too. */
const echo = (status) => async (url, { body }) => {
  await new Promise((resolve) => setTimeout(resolve, 2));
  const { username } = JSON.parse(body);
  return new Response(JSON.stringify({ usersId: username, sessionToken: "t", errors: [{ code: 1, message: username }] }), { status });
};

for (const [what, status] of [["a session", 200], ["a refusal", 401]]) {
  test(`a trap at any of the entries that lead to ${what} rejects with internal, and the next call works`, async () => {
    let survived = 0;
    let trapped = 0;
    const normal = status === 200 ? "name" : "invalid_credentials";
    for (let n = 2; survived < 3; n++) {
      const { signIn } = await packageOf(await trapping(n), `${status}-${n}`);
      const sign = () => signIn("key", "name", "password", { fetch: echo(status), timeoutMs: LIMIT_MS });
      const first = await told(sign());
      assert.ok([normal, "internal"].includes(first), `entry ${n}: ${first}`);
      // Three numbers in a row that no sign-in reaches: the rest is beyond the last entry.
      if (first === "internal") [trapped, survived] = [trapped + 1, 0];
      else survived++;
      if (first === "internal") assert.equal(await told(sign()), normal, `after a trap at entry ${n}`);
    }
    assert.ok(trapped > 5, `only ${trapped} entries trapped`);
  });
}

test("a trap among twenty calls in flight settles all of them, none as another's", async () => {
  let trapped = 0;
  for (let n = 2; ; n += 11) {
    const { signIn } = await packageOf(await trapping(n), `many-${n}`);
    const sign = (name) => told(signIn("key", name, "password", { fetch: echo(200), timeoutMs: LIMIT_MS }));
    const names = Array.from({ length: 20 }, (_, index) => `user-${index}`);
    const outcomes = await Promise.all(names.map(sign));
    outcomes.forEach((outcome, index) => assert.ok([names[index], "internal"].includes(outcome), `entry ${n}: ${outcome}`));
    // Beyond the last entry of all twenty.
    if (!outcomes.includes("internal")) break;
    trapped++;
    assert.equal(await sign("next"), "next", `after a trap at entry ${n}`);
  }
  assert.ok(trapped > 8, `only ${trapped} entries trapped`);
});

test("an instance that has trapped is asked nothing more", async () => {
  const { signIn } = await packageOf(await trapping(2), "dead");
  const sign = (name) => told(signIn("key", name, "password", { fetch: echo(200), timeoutMs: LIMIT_MS }));
  // Both have got the same instance before the first of them traps in it.
  assert.deepEqual(await Promise.all([sign("first"), sign("second")]), ["internal", "internal"]);
  assert.equal(await sign("next"), "next");
});

test("memory that can't grow enough for a password is a trap like any other", async () => {
  const { signIn } = await packageOf(withLittleMemory(await goodModule()), "full");
  const sign = (password) => told(signIn("key", "name", password, { fetch: echo(200), timeoutMs: LIMIT_MS }));
  assert.equal(await sign("short"), "name");
  assert.equal(await sign("x".repeat(10_000_000)), "internal");
  assert.equal(await sign("short"), "name");
});

/** The module with half a megabyte for all that it allocates. */
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
  for (let place = 8; place < source.length; ) {
    const [length, content] = integer(place + 1);
    const end = content + length;
    if (source[place] === 5) {
      // One memory, no maximum, its first size in pages of 64 KiB.
      const [memories, limits, pages] = source.subarray(content, end);
      assert.deepEqual([memories, limits, pages < 100], [1, 0, true]);
      const section = Buffer.from([5, 4, 1, 1, pages, pages + 8]);
      return Buffer.concat([source.subarray(0, place), section, source.subarray(end)]);
    }
    place = end;
  }
  throw new Error("the module has no memory");
}
