// The recipes that need no page, as docs/recipes.md has them, in Node; and that there is no recipe that no test runs.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { sampleUser, startSandbox } from "../driver/sandbox.mjs";
import { keys, recipe, service, titles, withPackage, write } from "./page.mjs";

const username = "sample";
const password = "correct horse";

const route = recipe("Sign in on a server", "sign-in-route.js");
const whatToSay = recipe("What to say when it fails", "messages.js");
const logs = recipe("Keep secrets out of logs", "report.js");

let folder;
let sandbox;
/** Under which base URL of the sandbox the service is. */
let fault = "";
const { fetch } = globalThis;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "catalyze-signin-recipes-"));
  [sandbox] = await Promise.all([
    startSandbox({ users: [{ username, password, user: sampleUser }], keys }),
    withPackage(folder, { ...route, ...whatToSay, ...logs }),
  ]);
  globalThis.fetch = (url, init) => fetch(String(url).replace(service, `${sandbox.url}${fault}`), init);
});
after(async () => {
  globalThis.fetch = fetch;
  await sandbox?.stop();
  await rm(folder, { recursive: true, force: true });
});

const load = (name) => import(pathToFileURL(join(folder, name)));

/** Does `work` while the service has a fault. */
async function under(path, work) {
  fault = path;
  try {
    return await work();
  } finally {
    fault = "";
  }
}

const site = "https://app.example";
const post = (fields, headers = {}) =>
  new Request(`${site}/sign-in`, { method: "POST", body: new URLSearchParams(fields), headers });
const withCookie = (cookie, headers) => new Request(site, { method: "POST", headers: { Cookie: cookie, ...headers } });
const cookieOf = (response) => response.headers.get("Set-Cookie");

test("Sign in on a server: the cookie of a sign-in is the visitor's session, until they sign out", async () => {
  const { postSignIn, postSignOut, sessionOf } = await load("sign-in-route.js");
  const response = await postSignIn(post({ username, password }, { "Sec-Fetch-Site": "same-origin" }));
  assert.deepEqual([response.status, response.headers.get("Location")], [303, "/"]);
  assert.match(cookieOf(response), /^session=[^;]+; Max-Age=86400; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
  const [cookie] = cookieOf(response).split(";");
  const { user } = await sessionOf(withCookie(`theme=dark; ${cookie}`));
  assert.equal(user.usersId, sampleUser.usersId);
  assert.equal(await sessionOf(new Request(site)), undefined);

  const left = await postSignOut(withCookie(cookie));
  assert.match(cookieOf(left), /^session=; Max-Age=0;/);
  assert.equal(await sessionOf(withCookie(cookie)), undefined);
});

test("Sign in on a server: a refusal leads back to the form with its code, and sets no cookie", async () => {
  const { postSignIn } = await load("sign-in-route.js");
  for (const [fields, code] of [
    [{ username, password: "wrong" }, "invalid_credentials"],
    [{ username }, "invalid_argument"],
  ]) {
    const response = await postSignIn(post(fields));
    assert.deepEqual(
      [response.status, response.headers.get("Location"), cookieOf(response)],
      [303, `/sign-in?error=${code}`, null],
    );
  }
});

test("Sign in on a server: another site signs nobody in or out", async () => {
  const { postSignIn, postSignOut } = await load("sign-in-route.js");
  for (const site of ["cross-site", "same-site"]) {
    const headers = { "Sec-Fetch-Site": site };
    for (const response of [
      await postSignIn(post({ username, password }, headers)),
      await postSignOut(withCookie("session=x", headers)),
    ]) {
      assert.deepEqual([response.status, cookieOf(response)], [403, null]);
    }
  }
});

test("Sign in on a server: a service that can't be asked is not a visitor who is signed out; a broken cookie is", async () => {
  const { postSignIn, postSignOut, sessionOf } = await load("sign-in-route.js");
  const [cookie] = cookieOf(await postSignIn(post({ username, password }))).split(";");
  await under("/fault/500", async () => {
    await assert.rejects(sessionOf(withCookie(cookie)), { code: "server_error" });
    assert.match(cookieOf(await postSignOut(withCookie(cookie))), /^session=; Max-Age=0;/);
  });
  assert.ok(await sessionOf(withCookie(cookie)));
  for (const broken of ["session=%", "session=%20", "session=unknown", "session="]) {
    assert.equal(await sessionOf(withCookie(broken)), undefined, broken);
  }
});

test("What to say when it fails: the TypeScript compiler asks for a sentence for each code, and for no other", async () => {
  const tsc = fileURLToPath(new URL("../../node_modules/.bin/tsc", import.meta.url));
  const options = ["--strict", "--allowJs", "--noEmit", "--target", "es2022", "--lib", "es2022,dom", "--types", ""];
  /** What the compiler has to say of the recipe after a change. */
  const check = async (pattern, replacement) => {
    const code = whatToSay["messages.js"].replace(pattern, replacement);
    assert.notEqual(code === whatToSay["messages.js"], pattern !== "");
    await write(folder, { "checked.js": code });
    const modules = ["--module", "esnext", "--moduleResolution", "bundler", "--ignoreConfig"];
    return promisify(execFile)(tsc, [...options, ...modules, "checked.js"], { cwd: folder }).then(
      () => "",
      ({ stdout }) => stdout,
    );
  };
  assert.equal(await check("", ""), "");
  assert.match(await check(/^ {4}timeout: .*\n/m, ""), /Property 'timeout' is missing/);
  assert.match(await check("    timeout:", '    teapot: "I am one.",\n$&'), /'teapot' does not exist/);
});

test("What to say when it fails: both languages have the codes of the published types", async () => {
  const { messages } = await load("messages.js");
  const types = await readFile(join(folder, "node_modules/catalyze-signin/types.d.ts"), "utf8");
  const [union] = /export type SignInErrorCode =[^]*?;\n\n/.exec(types);
  const codes = [...union.matchAll(/\| "(\w+)"/g)].map(([, code]) => code).sort();
  for (const sentences of Object.values(messages)) assert.deepEqual(Object.keys(sentences).sort(), codes);
});

test("What to say when it fails: no sentence tells whether an account exists", async () => {
  const { messages, explain } = await load("messages.js");
  for (const [language, sentences] of Object.entries(messages)) {
    for (const sentence of Object.values(sentences)) {
      assert.doesNotMatch(
        sentence,
        /account|konto|konten|exist|registr|unknown|unbekannt|no such|not found|gibt es nicht|nicht gefunden|kennen/i,
      );
    }
    assert.match(
      sentences.invalid_credentials,
      { en: /username or the password/, de: /name oder das Passwort/ }[language],
    );
  }
  const { signIn } = await import(pathToFileURL(join(folder, "node_modules/catalyze-signin/index.js")));
  const said = (username) => signIn(keys[0], username, "wrong").catch((error) => explain(error, "de"));
  const [known, unknown] = [await said(username), await said("nobody")];
  assert.deepEqual([known, unknown], Array(2).fill("Der Benutzername oder das Passwort ist nicht richtig."));
});

test("What to say when it fails: an error of another kind is thrown on, and a code of a later version gets a sentence", async () => {
  const { messages, explain } = await load("messages.js");
  const other = new Error("of another kind");
  assert.throws(() => explain(other), other);
  const { signIn } = await import(pathToFileURL(join(folder, "node_modules/catalyze-signin/index.js")));
  const error = await signIn("", "", "").catch((error) => error);
  assert.equal(explain(error), messages.en.invalid_argument);
  error.code = "of_a_later_version";
  assert.equal(explain(error), messages.en.internal);
});

test("Keep secrets out of logs: a report has the code and no secret, even if the service repeats it", async () => {
  const { reportOf } = await load("report.js");
  const { signIn } = await import(pathToFileURL(join(folder, "node_modules/catalyze-signin/index.js")));
  const error = await under("/fault/echo", () => signIn(keys[0], username, password).catch((error) => error));
  const report = JSON.stringify(reportOf(error));
  assert.match(report, /"code":"bad_request"/);
  for (const secret of [password, encodeURIComponent(password), keys[0]]) assert.ok(!report.includes(secret), report);
  assert.equal(JSON.stringify(reportOf(new TypeError(password))), '{"name":"TypeError"}');
  assert.equal(JSON.stringify(reportOf(undefined)), "{}");
});

test("every recipe is run by a test", async () => {
  const files = ["node.test.mjs", "chromium.test.mjs", "../packaging/recipes.test.mjs"];
  const sources = await Promise.all(files.map((name) => readFile(new URL(name, import.meta.url), "utf8")));
  const run = [...sources.join("").matchAll(/\brecipe\(\s*"([^"]+)"/g)].map(([, title]) => title);
  assert.deepEqual([...new Set(run)].sort(), [...titles].sort());
});
