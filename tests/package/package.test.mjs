// The built package in Node, against the real sandbox.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { createAuth as makeAuth, isSignInError, resume, signIn, SignInError, webStorage } from "../../pkg/index.js";
import { catchEngines, modulesCompiled } from "../driver/engines.mjs";
import { demoKey, sampleUser, startSandbox } from "../driver/sandbox.mjs";

const packageUrl = new URL("../../pkg/", import.meta.url).href;
catchEngines(packageUrl);

const account = { username: "bob", password: "correct horse", user: sampleUser };
let sandbox;
before(async () => (sandbox = await startSandbox({ users: [account] })));
after(() => sandbox.stop());

const signInAs = ({ username, password }, options) =>
  signIn(demoKey, username, password, { baseUrl: sandbox.url, ...options });

/** The error that `promise` rejects with. */
const rejectionOf = (promise) =>
  promise.then(
    () => assert.fail("it should have rejected"),
    (error) => error,
  );

const read = (path) => readFile(new URL(path, import.meta.url), "utf8");

test("the sample user comes back field by field, and the token apart", async () => {
  const session = await signInAs(account);
  assert.deepEqual(session.user, sampleUser);
  assert.match(session.token, /^[0-9a-f-]{36}$/);
  assert.equal(JSON.stringify(session), JSON.stringify({ user: session.user }));
});

test("a wrong password and an unknown user have one code and one sentence", async () => {
  const wrong = await rejectionOf(signInAs({ ...account, password: "wrong" }));
  const unknown = await rejectionOf(signInAs({ ...account, username: "nobody" }));
  assert.deepEqual([wrong.code, wrong.status], ["invalid_credentials", 401]);
  assert.deepEqual([unknown.code, unknown.status], ["invalid_credentials", 404]);
  assert.equal(wrong.message, unknown.message);
  assert.ok(wrong.serverErrors.length === 1 && wrong.serverErrors[0].code === 401);
});

const platformFetch = globalThis.fetch;

/** A `fetch` for calls without a base URL. */
const toSandbox = (url, options) => platformFetch(url.replace("https://api.catalyze.io", sandbox.url), options);

/** The README's lines of JavaScript, which see `names` and the service. */
const readme = async (number, names) => {
  const code = [...(await read("../../README.md")).matchAll(/```js\n([^]*?)```/g)][number][1];
  assert.ok(code.split("\n").length <= 13);
  const run = new (async () => {}).constructor(...Object.keys(names), code.replace(/^import .*\n/m, ""));
  globalThis.fetch = toSandbox;
  try {
    return await run(...Object.values(names));
  } finally {
    globalThis.fetch = platformFetch;
  }
};

test("the README's lines sign in, and explain a wrong password", async () => {
  const calls = [];
  const [greet, explain] = ["greet", "explain"].map((name) => (text) => calls.push([name, text]));
  for (const password of [account.password, "wrong"]) {
    await readme(1, { isSignInError, signIn, apiKey: demoKey, username: account.username, password, greet, explain });
  }
  assert.deepEqual(calls, [
    ["greet", sampleUser.name.firstName],
    ["explain", "The username or the password is not right."],
  ]);
});

test("the README's lines use, check and end a session", async () => {
  const reasons = [];
  const session = await signInAs(account);
  const before = (await sandbox.requests()).length;
  await readme(2, { session, showForm: (reason) => reasons.push(reason) });
  assert.deepEqual(reasons, ["signed_out"]);
  assert.deepEqual(
    (await sandbox.requests()).slice(before).map(({ path }) => path),
    [`/v2/users/${sampleUser.usersId}`, "/v2/auth/verify", "/v2/auth/signout"],
  );
});

test("the README's lines stay signed in", async () => {
  const kept = new Map();
  const value = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, text) => kept.set(key, text),
    removeItem: (key) => kept.delete(key),
  };
  // Node 26 has a storage of its own by that name.
  Object.defineProperty(globalThis, "localStorage", { configurable: true, value });
  try {
    const shown = [];
    const show = Object.fromEntries(
      ["greet", "showForm", "showRetry"].map((name) => [name, (value) => shown.push([name, value])]),
    );
    const resumeLines = () => readme(3, { resume, webStorage, apiKey: demoKey, ...show });
    await resumeLines();
    assert.deepEqual(shown.pop(), ["showForm", undefined]);

    await signInAs(account, { baseUrl: undefined, fetch: toSandbox, store: webStorage("localStorage", "my-app") });
    await resumeLines();
    const [name, session] = shown.pop();
    assert.deepEqual([name, session.user], ["greet", sampleUser]);

    const offline = () => Promise.reject(new TypeError("offline"));
    await readme(3, {
      resume: (options) => resume({ ...options, fetch: offline }),
      webStorage,
      apiKey: demoKey,
      ...show,
    });
    assert.equal(shown.pop()[0], "showRetry");
    assert.deepEqual([...kept.keys()], ["my-app"]);

    await session.signOut();
    assert.equal(kept.size, 0);
  } finally {
    delete globalThis.localStorage;
  }
});

test("the README's lines tell an app who is signed in", async () => {
  const shown = [];
  const show = Object.fromEntries(
    ["greet", "showForm", "showRetry"].map((name) => [name, (value) => shown.push([name, value])]),
  );
  let auth;
  const createAuth = (options) => (auth = makeAuth({ ...options, fetch: toSandbox }));
  await readme(0, { createAuth, apiKey: demoKey, ...show });
  // Node has no localStorage by default: nobody is signed in.
  await auth.ready;
  assert.deepEqual(shown.pop(), ["showForm", undefined]);
  await auth.signIn(account.username, account.password);
  assert.deepEqual(shown.pop(), ["greet", sampleUser]);
  await auth.signOut();
  assert.deepEqual(shown.pop(), ["showForm", undefined]);
});

test("the README's table holds every code of the types, and no other", async () => {
  const types = /type SignInErrorCode =([^]*?"internal");/.exec(await read("../../pkg/types.d.ts"))[1];
  const codes = [...types.matchAll(/\| "(\w+)"/g)].map(([, code]) => code);
  const rows = [...(await read("../../README.md")).matchAll(/^\| `(\w+)` \|.*\| (yes|no) \|/gm)];
  assert.deepEqual(
    rows.map(([, code]) => code),
    codes,
  );
  // The core's own table, which a test there holds to 5 of docs/promises.md.
  const core = [...(await read("../../src/error.rs")).matchAll(/\(\s*"(\w+)",\s*"[^"]*",\s*(true|false),?\s*\)/g)];
  assert.deepEqual(
    rows.map(([, code, retryable]) => [code, String(retryable === "yes")]),
    core.map(([, code, retryable]) => [code, retryable]),
  );
});

test("loading that fails is coded, names the cure, and is tried again by the next call", async () => {
  const { init, signIn } = await import("../../pkg/index.js?loading");
  for (const [source, cause] of [
    [() => new Uint8Array([0, 1, 2, 3]), WebAssembly.CompileError],
    [() => new Response("", { status: 404 }), Error],
    [() => Promise.reject(new TypeError("offline")), TypeError],
  ]) {
    const error = await rejectionOf(init(source()));
    assert.equal(error.code, "wasm_unavailable");
    assert.match(error.message, /init\(\)/);
    assert.ok(error.cause instanceof cause);
  }
  for (const source of [null, 5, {}, []]) {
    const error = await rejectionOf(init(source));
    assert.deepEqual([error.code, error.argument], ["invalid_argument", "source"]);
  }
  const session = await signIn(demoKey, account.username, account.password, { baseUrl: sandbox.url });
  assert.equal(session.user.usersId, sampleUser.usersId);
});

test("the module can come from bytes, from a response and from a module of one's own", async () => {
  const bytes = await readFile(new URL("../../pkg/catalyze_signin_bg.wasm", import.meta.url));
  for (const [index, source] of [
    bytes,
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
    new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    new Response(bytes),
    new WebAssembly.Module(bytes),
    Promise.resolve(bytes),
    `data:application/wasm;base64,${bytes.toString("base64")}`,
    undefined,
  ].entries()) {
    const { init, signIn } = await import(`../../pkg/index.js?source${index}`);
    await init(source);
    await init();
    const session = await signIn(demoKey, account.username, account.password, { baseUrl: sandbox.url });
    assert.equal(session.user.usersId, sampleUser.usersId);
  }
});

test("without WebAssembly the message says so", async () => {
  const { signIn } = await import("../../pkg/index.js?none");
  const { WebAssembly } = globalThis;
  delete globalThis.WebAssembly;
  try {
    const error = await rejectionOf(signIn(demoKey, "bob", "x", { baseUrl: sandbox.url }));
    assert.equal(error.code, "wasm_unavailable");
    assert.match(error.message, /no WebAssembly/);
  } finally {
    globalThis.WebAssembly = WebAssembly;
  }
});

test("the module is loaded at the first call, once for all that begin together", async () => {
  const { signIn } = await import(`${packageUrl}index.js?lazy`);
  const before = modulesCompiled();
  const options = { baseUrl: sandbox.url };
  await Promise.all([1, 2, 3].map(() => signIn(demoKey, account.username, account.password, options)));
  await signIn(demoKey, account.username, account.password, options);
  assert.equal(modulesCompiled() - before, 1);
});

test("a call whose module never arrives ends at its deadline, and the next one loads anew", async () => {
  const { init, signIn } = await import("../../pkg/index.js?stuck");
  let arrive;
  const loaded = init(new Promise((resolve) => (arrive = resolve)));
  const options = { baseUrl: sandbox.url };
  const late = await rejectionOf(signIn(demoKey, "bob", "x", { ...options, timeoutMs: 30 }));
  assert.equal(late.code, "timeout");
  const session = await signIn(demoKey, account.username, account.password, options);
  assert.equal(session.user.usersId, sampleUser.usersId);
  arrive(undefined);
  await loaded;
});

test("an error is known by its mark, across copies of the package", async () => {
  const other = await import("../../pkg/index.js?other");
  const error = await rejectionOf(signIn(5, "bob", "x"));
  assert.ok(error instanceof SignInError && error instanceof Error);
  assert.ok(isSignInError(error) && other.isSignInError(error));
  for (const value of [undefined, null, 5, "x", {}, new Error("x"), { name: "SignInError", code: "timeout" }]) {
    assert.equal(isSignInError(value), false);
  }
});

test("nothing throws synchronously", async () => {
  for (const values of [[], [1, 2, 3, 4], [Symbol(), Symbol(), Symbol(), Symbol()], [null, null, null, null]]) {
    const error = await rejectionOf(signIn(...values));
    assert.deepEqual([error.code, error.argument], ["invalid_argument", "apiKey"]);
  }
});

test("exactly three headers and two body keys are on the wire, and nothing else of ours", async () => {
  await signInAs(account);
  const { method, path, headers, body } = (await sandbox.requests()).at(-1);
  assert.deepEqual([method, path], ["POST", "/v2/auth/signin"]);
  assert.deepEqual(JSON.parse(body), { username: account.username, password: account.password });
  const ours = headers.filter(([name]) => !platformHeaders.includes(name));
  assert.deepEqual(Object.fromEntries(ours), {
    "x-api-key": demoKey,
    accept: "application/json",
    "content-type": "application/json",
  });
});

/** What Node's fetch adds by itself. */
const platformHeaders = [
  ...["host", "connection", "content-length", "accept-encoding", "accept-language"],
  ...["sec-fetch-mode", "user-agent", "cache-control", "pragma"],
];
