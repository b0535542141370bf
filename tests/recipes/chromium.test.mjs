// The recipes for pages, as docs/recipes.md has them, in Chromium.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchChromium } from "../driver/chromium.mjs";
import { sampleUser, startSandbox } from "../driver/sandbox.mjs";
import { keys, recipe, service } from "./page.mjs";
import { seen, submit, visit } from "./visit.mjs";

const username = "sample";
const password = "correct horse";
const WRONG = "The username or the password is not right.";

let browser;
let sandbox;
before(async () => {
  [browser, sandbox] = await Promise.all([
    launchChromium(),
    startSandbox({ users: [{ username, password, user: sampleUser }], keys }),
  ]);
});
after(async () => {
  await browser?.close();
  await sandbox?.stop();
});

const staySignedIn = recipe("Stay signed in", "auth.js", "index.html", "app.js");
const { "auth.js": auth } = staySignedIn;

/** Visits the page of a recipe. */
const walk = (files, steps, options) => visit(browser, sandbox.url, files, steps, options);

/** The parts of the page that it shows: their names, and what an alert says. */
const shown = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll("form, main, section, #retry")]
      .filter(({ hidden }) => !hidden)
      .map(({ id, localName }) => id || localName),
  );
const alertOf = (page) => seen(page, () => document.querySelector("[role=alert]").textContent);
const form = () => !document.querySelector("form").hidden;
const main = () => !document.querySelector("main").hidden;
const retry = () => !document.querySelector("#retry").hidden;
const home = () => !document.querySelector("#home").hidden;
const account = () => !document.querySelector("#account").hidden;
/** What a page makes of a module of the site. */
const inPage = (page, name, work) => page.evaluate(`import("/${name}").then(${work})`);
const click = (page, selector) => page.$eval(selector, (element) => element.click());

test("Stay signed in: a wrong password is told, a reload and another tab resume, signing out reaches both", () =>
  walk(staySignedIn, async (site) => {
    const page = await site.tab();
    await seen(page, form);
    assert.deepEqual([await shown(page), site.asked], [["form"], []]);
    await submit(page, username, "wrong");
    assert.equal(await alertOf(page), WRONG);
    await submit(page, username, password);
    await seen(page, main);
    assert.deepEqual(await shown(page), ["main"]);
    assert.equal(await page.$eval("h1", ({ textContent }) => textContent), "Hello, first name");
    assert.equal(await page.$eval("[name=password]", ({ value }) => value), "");

    site.asked.length = 0;
    await page.reload();
    await seen(page, main);
    assert.deepEqual(site.asked, ["GET /v2/auth/verify", `GET /v2/users/${sampleUser.usersId}`]);

    const other = await site.tab();
    await seen(other, main);
    await click(other, "#sign-out");
    await Promise.all([seen(page, form), seen(other, form)]);
    assert.deepEqual([await shown(page), await shown(other)], [["form"], ["form"]]);
  }));

test("Stay signed in: nothing is shown before it is known who is there", () =>
  walk(staySignedIn, async (site) => {
    const page = await site.tab();
    await submit(page, username, password);
    await seen(page, main);
    const { reached, release } = site.hold();
    await page.reload();
    await reached;
    assert.deepEqual(await shown(page), []);
    release();
    await seen(page, main);
  }));

test("Stay signed in: offline is another try, and not the form", () =>
  walk(staySignedIn, async (site) => {
    const page = await site.tab();
    await submit(page, username, password);
    await seen(page, main);
    site.online = false;
    await page.reload();
    await seen(page, retry);
    assert.deepEqual(await shown(page), ["retry"]);
    assert.match(await alertOf(page), /could not be reached/);
    site.online = true;
    await click(page, "#retry");
    await seen(page, main);
    assert.deepEqual(await shown(page), ["main"]);
  }));

const protectARoute = { "auth.js": auth, ...recipe("Protect a route", "guard.js", "index.html", "router.js") };

test("Protect a route: a private page asks to sign in, at its own address, and others do not", () =>
  walk(protectARoute, async (site) => {
    const page = await site.tab();
    await seen(page, home);
    assert.deepEqual(await shown(page), ["home"]);
    await click(page, "[href='#account']");
    await seen(page, form);
    assert.deepEqual(await shown(page), ["sign-in"]);
    await submit(page, username, "wrong");
    assert.equal(await alertOf(page), WRONG);
    await submit(page, username, password);
    await seen(page, account);
    assert.deepEqual([await shown(page), new URL(page.url()).hash], [["account"], "#account"]);
    await click(page, "#sign-out");
    await seen(page, form);
    assert.deepEqual(await shown(page), ["sign-in"]);
    await click(page, "[href='#home']");
    await seen(page, home);
    assert.deepEqual(await shown(page), ["home"]);
  }));

test("Protect a route: a reload shows no form to who is signed in, and no page to who may not be", () =>
  walk(protectARoute, async (site) => {
    const page = await site.tab("/#account");
    await seen(page, form);
    await submit(page, username, password);
    await seen(page, account);
    const { reached, release } = site.hold();
    await page.reload();
    await reached;
    assert.deepEqual(await shown(page), []);
    release();
    await seen(page, account);
    assert.deepEqual(await shown(page), ["account"]);

    const again = site.hold();
    await page.reload();
    await again.reached;
    await click(page, "[href='#home']");
    await seen(page, home);
    again.release();
    await inPage(page, "auth.js", "({ auth }) => auth.ready.then(() => {})");
    assert.deepEqual(await shown(page), ["home"]);
    await click(page, "[href='#account']");
    await seen(page, account);

    site.online = false;
    await page.reload();
    await seen(page, retry);
    assert.deepEqual(await shown(page), ["retry"]);
    site.online = true;
    await click(page, "#retry");
    await seen(page, account);
    assert.deepEqual(await shown(page), ["account"]);
  }));

test("Content-Security-Policy: the policy is enough, and each half of it is needed", async () => {
  const { http } = recipe("Content-Security-Policy", "http");
  const [, name, policy] = /^(\S+): (.*)\n$/.exec(http.replaceAll(service, sandbox.url));
  const under = (policy, steps) =>
    walk(staySignedIn, async (site) => steps(await site.tab(), site), { headers: { [name]: policy } });
  /** What the policy is without one of its words. */
  const without = (word) => {
    assert.ok(policy.includes(word), policy);
    return policy.replace(word, "");
  };
  const signIn = async (page) => {
    await seen(page, form);
    await submit(page, username, password);
  };
  await under(policy, async (page) => {
    await signIn(page);
    await seen(page, main);
  });
  await under(without("'wasm-unsafe-eval'"), async (page, site) => {
    assert.match(await alertOf(page), /Content-Security-Policy needs 'wasm-unsafe-eval' in script-src/);
    assert.deepEqual([await shown(page), site.asked], [["retry"], []]);
  });
  await under(without(sandbox.url), async (page) => {
    await signIn(page);
    assert.match(await alertOf(page), /could not be reached/);
  });
});

test("Two apps on one origin: neither auth hears of the other's session, at once or later", () =>
  walk(recipe("Two apps on one origin", "two-auths.js", "two-stores.js"), async (site) => {
    const statuses = ({ shop, desk }) =>
      Promise.all([shop.ready, desk.ready]).then(() => [shop.state.status, desk.state.status]);
    const page = await site.tab();
    await inPage(page, "two-auths.js", `({ shop }) => shop.signIn("${username}", "${password}").then(() => {})`);
    assert.deepEqual(await inPage(page, "two-auths.js", statuses), ["signed_in", "signed_out"]);
    const other = await site.tab();
    assert.deepEqual(await inPage(other, "two-auths.js", statuses), ["signed_in", "signed_out"]);
    await inPage(other, "two-auths.js", `({ desk }) => desk.signIn("${username}", "${password}").then(() => {})`);
    await inPage(other, "two-auths.js", "({ desk }) => desk.signOut()");
    assert.deepEqual(await inPage(other, "two-auths.js", statuses), ["signed_in", "signed_out"]);
    await page.reload();
    assert.deepEqual(await inPage(page, "two-auths.js", statuses), ["signed_in", "signed_out"]);
  }));

test("Two apps on one origin: each store keeps the session of its own app", () =>
  walk(recipe("Two apps on one origin", "two-auths.js", "two-stores.js"), async (site) => {
    const page = await site.tab();
    const outcomes = ({ shop, desk }) =>
      Promise.all(
        [shop, desk].map((app) =>
          app.resume().then(
            ({ user }) => user.usersId,
            (error) => error.code,
          ),
        ),
      );
    const signIn = (app) => `({ ${app} }) => ${app}.signIn("${username}", "${password}").then(() => {})`;
    await inPage(page, "two-stores.js", signIn("shop"));
    await page.reload();
    assert.deepEqual(await inPage(page, "two-stores.js", outcomes), [sampleUser.usersId, "signed_out"]);
    await inPage(page, "two-stores.js", signIn("desk"));
    await page.reload();
    assert.deepEqual(await inPage(page, "two-stores.js", outcomes), [sampleUser.usersId, sampleUser.usersId]);
    assert.deepEqual(await page.evaluate(() => Object.keys(localStorage).sort()), ["desk", "shop"]);
  }));
