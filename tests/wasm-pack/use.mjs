// Signs in with what a plain `wasm-pack build` has left in pkg/: node use.mjs <target>
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

const [target] = process.argv.slice(2);
const glue = await import("../../pkg/catalyze_signin.js");
if (target === "web")
  await glue.default({ module_or_path: await readFile(new URL("../../pkg/catalyze_signin_bg.wasm", import.meta.url)) });
const { resume, signIn } = glue;

const key = "browser example.app 32a384f5-5157-4e1f-9b8a-e7b5ba4ce5f2";
const routes = {
  signin: '{"usersId":"u","sessionToken":"t","__proto__":{"isAdmin":true},"n":9007199254740993}',
  verify: '{"userId":"u"}',
  u: '{"usersId":"u"}',
};
const requests = [];
globalThis.fetch = async (request) => {
  requests.push(`${request.method} ${request.url}`);
  return new Response(routes[request.url.split("/").at(-1)]);
};

const { user, token } = await signIn(key, "bob", "password");
assert.deepEqual(
  [JSON.stringify(user), token],
  ['{"__proto__":{"isAdmin":true},"n":9007199254740992,"usersId":"u"}', "t"],
);
assert.equal(user.isAdmin, undefined);
assert.deepEqual(await resume(key, token, { baseUrl: new URL("http://localhost:1/b/") }), {
  user: { usersId: "u" },
  token: "t",
});
assert.deepEqual(requests, [
  "POST https://api.catalyze.io/v2/auth/signin",
  "GET http://localhost:1/b/v2/auth/verify",
  "GET http://localhost:1/b/v2/users/u",
]);

// Arguments of any type reject; nothing throws, and no trap.
for (const [argument, call] of [
  ["apiKey", () => signIn(5, "bob", "password")],
  ["password", () => signIn(key, "bob", { length: 3, charCodeAt: () => 120 })],
  ["token", () => resume(key, null)],
  ["signal", () => signIn(key, "bob", "password", { signal: {} })],
  ["options", () => signIn(key, "bob", "password", 5)],
]) {
  const promise = call();
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof Error);
    assert.deepEqual([error.name, error.code, error.argument], ["SignInError", "invalid_argument", argument]);
    return true;
  });
}
await assert.rejects(signIn(key, "bob", "password", { signal: AbortSignal.abort("why") }), {
  code: "aborted",
  cause: "why",
});
