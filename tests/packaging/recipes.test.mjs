// The recipes that take other packages, as docs/recipes.md has them, in a project that has the packed package and those.
import assert from "node:assert/strict";
import { test } from "node:test";
import { keys, recipe, write } from "../recipes/page.mjs";
import { visit } from "../recipes/visit.mjs";
import { run } from "./project.mjs";
import { account, setStage } from "./stage.mjs";

const { "auth.js": auth } = recipe("Stay signed in", "auth.js", "index.html", "app.js");
const clients = recipe(
  "Use ky, axios or openapi-fetch",
  "signed-in-fetch.js",
  "with-ky.js",
  "with-axios.js",
  "with-openapi-fetch.js",
);
const tests = recipe(
  "Test a sign-in page",
  "sign-in-page.js",
  "vitest.test.js",
  "msw.test.js",
  "jest.config.js",
  "jest.test.js",
  "sinon.test.js",
);
const rendering = recipe("Render on a server", "use-auth.js", "greeting.js");

let project;
const stage = setStage(
  async () => {
    project = await stage.set(new URL("recipes/", import.meta.url));
    await write(project, tests);
  },
  { keys },
);

const { username, password, user } = account;

for (const [name, reader] of [
  ["ky", "userFromKy"],
  ["axios", "userFromAxios"],
  ["openapi-fetch", "userFromOpenapi"],
]) {
  test(`Use ky, axios or openapi-fetch: ${name} reads as who is signed in, and a session that has ended is told`, () =>
    visit(
      stage.browser,
      stage.sandbox.url,
      { "auth.js": auth, ...clients },
      async (site) => {
        const page = await site.tab();
        const outcome = await page.evaluate(
          `(async () => {
            const [{ auth }, { ${reader}: read }] = await Promise.all([import("/auth.js"), import("/with-${name}.js")]);
            const message = ({ message }) => message;
            const before = await read("any").catch(message);
            const session = await auth.signIn("${username}", "${password}");
            const user = await read(session.user.usersId);
            // In the name of the session, and behind its back: the service ends it.
            await session.fetch("/v2/auth/signout");
            const refused = await read(session.user.usersId).then(() => "", () => "refused");
            const { status, reason } = auth.state;
            return { before, user, refused, status, reason };
          })()`,
        );
        assert.deepEqual(outcome, {
          before: "Nobody is signed in.",
          user,
          refused: "refused",
          status: "signed_out",
          reason: "expired",
        });
        // Once each: the sign-in, the user, the sign-out, and the request that is refused.
        const path = `GET /v2/users/${user.usersId}`;
        assert.deepEqual(site.asked, ["POST /v2/auth/signin", path, "GET /v2/auth/signout", path]);
      },
      { project },
    ));
}

for (const file of ["vitest.test.js", "msw.test.js"]) {
  test(`Test a sign-in page: ${file} passes under Vitest`, async () => {
    const { stdout } = await run("vitest", ["run", file], project);
    assert.match(stdout, new RegExp(`Tests +${count(file)} passed \\(${count(file)}\\)`));
  });
}

test("Test a sign-in page: jest.test.js passes under Jest", async () => {
  const jest = ["--experimental-vm-modules", "node_modules/jest/bin/jest.js", "jest.test.js"];
  const { stderr } = await run("node", jest, project);
  assert.match(stderr, new RegExp(`Tests: +${count("jest.test.js")} passed, ${count("jest.test.js")} total`));
});

test("Test a sign-in page: sinon.test.js passes in Node", async () => {
  const { stdout } = await run("node", ["--test", "--test-reporter=tap", "sinon.test.js"], project);
  assert.match(stdout, /^# pass 1$/m);
});

/** How many tests a file of the recipe has. */
function count(file) {
  return tests[file].match(/^test\(/gm).length;
}

const byServer = `
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { Greeting } from "./greeting.js";
let requests = 0;
globalThis.fetch = async () => void requests++;
console.log(renderToString(createElement(Greeting)));
const { auth } = await import("./auth.js");
await auth.ready;
console.log(renderToString(createElement(Greeting)), requests);`;

const byBrowser = `
import { createElement } from "react";
import { hydrateRoot } from "react-dom/client";
import { auth } from "./auth.js";
import { Greeting } from "./greeting.js";
export async function hydrate(html) {
  await auth.ready;
  document.body.innerHTML = html;
  const errors = [];
  hydrateRoot(document.body, createElement(Greeting), { onRecoverableError: (error) => errors.push(error.message) });
  await new Promise((resolve) => {
    const observer = new MutationObserver(resolve);
    observer.observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  return { text: document.body.textContent, errors };
}
export const signIn = (username, password) => auth.signIn(username, password).then(() => {});`;

test("Render on a server: nothing is sent, and the page is the one that a browser hydrates, however late", async () => {
  await write(project, { "auth.js": auth, ...rendering, "server.mjs": byServer });
  const { stdout } = await run("node", ["server.mjs"], project);
  const html = "<p>One moment …</p>";
  assert.equal(stdout, `${html}\n${html} 0\n`);
  await visit(
    stage.browser,
    stage.sandbox.url,
    { "auth.js": auth, ...rendering, "browser.js": byBrowser },
    async (site) => {
      const page = await site.tab();
      const hydrate = () => page.evaluate(`import("/browser.js").then(({ hydrate }) => hydrate("${html}"))`);
      assert.deepEqual(await hydrate(), { text: "Please sign in.", errors: [] });
      await page.evaluate(`import("/browser.js").then(({ signIn }) => signIn("${username}", "${password}"))`);
      await page.reload();
      assert.deepEqual(await hydrate(), { text: "Hello, first name", errors: [] });
    },
    { project },
  );
});
