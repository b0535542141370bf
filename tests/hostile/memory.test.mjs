// The password is not in the engine's memory once a call has settled: 6.4 of docs/promises.md.
//
// Other copies belong to the platform, and no package can wipe them: the string that the caller holds, the text of the
// request's body, and the copies in the platform's network code.
import assert from "node:assert/strict";
import { test } from "node:test";
import { catchEngines, memories } from "../driver/engines.mjs";
import { packageUrl } from "../driver/modules.mjs";

// The package does not expose its memory, so its instances are caught when they are made.
catchEngines(packageUrl);
const { signIn } = await import(`${packageUrl}index.js`);

const encoded = (text) => Buffer.from(text);

/** How often `text` is in the engine's memory. */
function occurrences(text) {
  let count = 0;
  for (const memory of memories()) {
    const bytes = Buffer.from(memory.buffer);
    for (let place = -1; (place = bytes.indexOf(encoded(text), place + 1)) >= 0;) count++;
  }
  return count;
}

const body = (fields) => JSON.stringify({ usersId: "u", sessionToken: "t", ...fields });

/**
 * Signs in with `answer` as the service, and asserts that the password is not left in memory, neither plain nor in
 * JSON.
 */
async function leavesNoTrace(name, answer, expected, options) {
  const password = `memory canary of "${name}" \\ é`;
  const spelled = JSON.stringify(password).slice(1, -1);
  const during = [];
  const fetch = async (url, init) => {
    during.push(occurrences(password), occurrences(spelled));
    assert.ok(init.body.includes(spelled));
    return answer(password, init);
  };
  // Short only if the deadline ends the call.
  const timeoutMs = expected === "timeout" ? 200 : 30_000;
  const call = signIn("key", "name", password, { fetch, timeoutMs, ...options });
  const outcome = await call.then(
    () => "session",
    ({ code }) => code,
  );
  assert.equal(outcome, expected);
  assert.deepEqual([occurrences(password), occurrences(spelled)], [0, 0], "after settling");
  assert.deepEqual(during, [0, 0], "while the request is on its way");
}

test("what is searched is the memory that the package works in", async () => {
  await signIn("key", "a username that is no secret", "x", { fetch: async () => new Response(body()) });
  assert.equal(memories().length, 1);
  assert.ok(occurrences("usersId") > 0, "not even the names of the fields are found");
});

const never = () => new Promise(() => {});
for (const [name, answer, expected, options] of [
  ["a success", () => new Response(body()), "session"],
  ["a refusal", () => new Response("{}", { status: 401 }), "invalid_credentials"],
  ["an answer of the wrong type", () => new Response(body({ age: "x" })), "invalid_response"],
  ["a fetch that never settles", never, "timeout"],
  ["a body that never ends", () => new Response(new ReadableStream({})), "timeout"],
  [
    "a fetch that throws",
    () => {
      throw new Error("no");
    },
    "network",
  ],
  ["a password in a field of the wrong type", (password) => new Response(body({ age: password })), "invalid_response"],
  [
    "an echo in the error's text",
    (password) => new Response(JSON.stringify({ errors: [{ message: `“${password}”` }, password] }), { status: 400 }),
    "bad_request",
  ],
  [
    "a long echo",
    (password) => new Response(JSON.stringify({ errors: [password.repeat(100)] }), { status: 400 }),
    "bad_request",
  ],
  [
    "an echo in a text that is no JSON",
    (_, { body }) => new Response(`Could not read ${body}`, { status: 400 }),
    "bad_request",
  ],
  ["an echo in the token", (password) => new Response(body({ sessionToken: password })), "invalid_response"],
  ["a wrong option beside it", never, "invalid_argument", { timeoutMs: "x" }],
]) {
  test(`the password is not in the engine's memory after ${name}`, async () => {
    if (expected === "invalid_argument") {
      const password = `memory canary of "${name}"`;
      await assert.rejects(signIn("key", "name", password, { fetch: answer, ...options }), { code: expected });
      assert.equal(occurrences(password), 0);
    } else await leavesNoTrace(name, answer, expected, options);
  });
}

test("the password is not in the engine's memory after an abort", async () => {
  const controller = new AbortController();
  const abort = () => {
    setImmediate(() => controller.abort());
    return never();
  };
  await leavesNoTrace("an abort", abort, "aborted", { signal: controller.signal });
});

test("a password of a megabyte is not in the engine's memory", async () => {
  const password = "memory-canary-of-a-megabyte-".repeat(40_000);
  await signIn("key", "name", password, { fetch: async () => new Response(body()) });
  assert.equal(occurrences("memory-canary-of-a-megabyte-"), 0);
});

test("the password of a call that shares a request is not in the engine's memory", async () => {
  const password = "memory canary of two callers";
  const call = () => signIn("key", "name", password, { fetch: async () => new Response(body()) });
  await Promise.all([call(), call(), call()]);
  assert.equal(occurrences(password), 0);
});
