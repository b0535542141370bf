// Signing in through the page, against the real sandbox.
import assert from "node:assert/strict";
import { test } from "node:test";
import { demoKey, sampleUser } from "../driver/sandbox.mjs";
import { fill, focused, heldRequests, sample, signInAs, stageDemo } from "./visit.mjs";

const everything = {
  username: "everything",
  password: "correct horse",
  user: {
    usersId: "0c0ffee0-0000-4000-8000-000000000001",
    username: "everything",
    type: "patient",
    active: true,
    confCode: "N",
    email: { primary: "ada@example.com", pager: "unknown to the model" },
    name: { firstName: "<b>Ada</b>", lastName: null },
    phoneNumber: { mobile: "+44 7700 900000", preferred: "mobile" },
    dob: "1815-12-10",
    age: 36,
    gender: "Female",
    languages: [{ language: "English", languageMode: "spoken" }],
    addresses: [
      { type: "home", addressLine1: "12 St James’s Square", geocode: { latitude: 51.5, longitude: -0.13 } },
      { type: "work", city: "London", state: "" },
    ],
    extras: ["any", { json: true }],
    favouriteColour: "teal",
    badges: [{ year: 1843 }],
  },
};

const demo = stageDemo({ users: [sample, everything] });

/** What the card shows: the path of each field in the user object, and its text. */
const shownFields = (page) =>
  page.$$eval("#user [data-field]", (nodes) =>
    Object.fromEntries(nodes.map((node) => [node.dataset.field, node.textContent])),
  );

/** `{ a: { b: 1 } }` → `{ "a.b": "1" }` */
function flat(value, path) {
  if (Object(value) !== value) return { [path]: String(value) };
  return Object.assign({}, ...Object.entries(value).map(([key, inner]) => flat(inner, path ? `${path}.${key}` : key)));
}

test("signing in shows every field of the sample user", () =>
  demo.visit(async (page) => {
    await signInAs(page, sample);

    const { extras, createdAt, updatedAt, active, ...plain } = await shownFields(page);
    const { extras: _, createdAt: __, updatedAt: ___, active: ____, ...expected } = sampleUser;
    assert.deepEqual(plain, flat(expected));
    assert.equal(active, "No");
    assert.deepEqual(JSON.parse(extras), sampleUser.extras);
    assert.match(createdAt, /November 2013/);
    assert.match(updatedAt, /November 2013/);
    assert.deepEqual(await page.$$eval("#user time", (times) => times.map((time) => time.getAttribute("datetime"))), [
      sampleUser.createdAt,
      sampleUser.updatedAt,
    ]);
    assert.equal(
      await page.$eval("h1#account-heading", (heading) => heading.textContent),
      "Signed in as first name last name",
    );
  }));

test("fields of the whole user model, and fields outside it, are shown as text", () =>
  demo.visit(async (page) => {
    await signInAs(page, everything);

    const { extras, badges, ...plain } = await shownFields(page);
    assert.deepEqual(plain, {
      username: "everything",
      usersId: everything.user.usersId,
      type: "patient",
      active: "Yes",
      confCode: "N",
      createdAt: plain.createdAt,
      updatedAt: plain.updatedAt,
      "name.firstName": "<b>Ada</b>",
      "email.primary": "ada@example.com",
      "email.pager": "unknown to the model",
      "phoneNumber.mobile": "+44 7700 900000",
      "phoneNumber.preferred": "mobile",
      dob: "10 December 1815",
      age: "36",
      gender: "Female",
      "addresses[0].type": "home",
      "addresses[0].addressLine1": "12 St James’s Square",
      "addresses[0].geocode.latitude": "51.5",
      "addresses[0].geocode.longitude": "-0.13",
      "addresses[1].type": "work",
      "addresses[1].city": "London",
      "addresses[1].state": "(empty)",
      "languages[0].language": "English",
      "languages[0].languageMode": "spoken",
      favouriteColour: "teal",
    });
    assert.deepEqual(JSON.parse(extras), everything.user.extras);
    assert.deepEqual(JSON.parse(badges), everything.user.badges);
  }));

test("the token is nowhere in the document until it is asked for, and goes again", () =>
  demo.visit(async (page) => {
    let token;
    page.on("response", async (response) => {
      if (response.request().method() === "POST") token = response.json().then((body) => body.sessionToken);
    });
    await signInAs(page, sample);
    token = await token;
    const inDocument = () => page.evaluate((secret) => document.documentElement.outerHTML.includes(secret), token);

    assert.equal(await inDocument(), false);
    assert.equal(await page.$eval("#show-token", (button) => button.ariaExpanded), "false");

    await page.click("#show-token");
    assert.equal(await page.$eval("#token", (node) => node.checkVisibility() && node.textContent), token);
    assert.equal(await page.$eval("#show-token", (button) => button.ariaExpanded), "true");

    await page.click("#show-token");
    assert.equal(await inDocument(), false);
  }));

test("the token can be copied, and is selected where copying is refused", () =>
  demo.visit(async (page) => {
    const copied = async () => {
      await page.click("#copy-token");
      await page.waitForSelector("#copy-status:not(:empty)");
      return page.evaluate(() => document.querySelector("#copy-status").textContent);
    };
    await signInAs(page, sample);
    await page.click("#show-token");

    await page.evaluate(() => (navigator.clipboard.writeText = async (text) => void (globalThis.clipboardText = text)));
    assert.equal(await copied(), "Copied.");
    assert.equal(
      await page.evaluate(() => globalThis.clipboardText),
      await page.$eval("#token", (node) => node.textContent),
    );

    await page.click("#show-token");
    await page.click("#show-token");
    await page.evaluate(() => (navigator.clipboard.writeText = async () => Promise.reject(new Error("refused"))));
    assert.match(await copied(), /copy it yourself/);
    assert.equal(
      await page.evaluate(() => getSelection().toString()),
      await page.$eval("#token", (node) => node.textContent),
    );
  }));

test("the wire carries exactly three headers of the client and two body keys", () =>
  demo.visit(async (page) => {
    await page
      .browserContext()
      .setCookie({ name: "tempting", value: "1", domain: new URL(page.url()).hostname, path: "/" });
    await signInAs(page, sample);

    const { method, path, headers, body } = (await demo.sandbox.requests()).at(-1);
    assert.equal(`${method} ${path}`, "POST /v2/auth/signin");
    // What a browser adds to any request by itself.
    const browsersOwn =
      /^(host|connection|content-length|user-agent|accept-(encoding|language)|origin|cache-control|pragma|sec-.+)$/;
    assert.deepEqual(
      headers
        .map(([name, value]) => [name.toLowerCase(), value])
        .filter(([name]) => !browsersOwn.test(name))
        .sort(),
      [
        ["accept", "application/json"],
        ["content-type", "application/json"],
        ["x-api-key", demoKey],
      ],
    );
    assert.equal(body, JSON.stringify({ username: sample.username, password: sample.password }));
  }));

test("a second and third submit while one is under way sends nothing", async () => {
  const held = heldRequests();
  await demo.visit(async (page) => {
    const before = (await demo.sandbox.requests()).length;
    await fill(page, sample.username, sample.password);
    await page.keyboard.press("Enter");
    await page.waitForSelector("#sign-in-form[aria-busy=true]");
    await page.keyboard.press("Enter");
    await page.click("#submit");
    assert.equal(await page.$eval("#submit", (button) => button.textContent), "Signing in…");
    assert.equal(await page.$eval("#submit", (button) => button.ariaDisabled), "true");

    await held.letGo();
    await page.waitForSelector("#account:not([hidden])");
    assert.equal(held.count, 1);
    assert.equal((await demo.sandbox.requests()).length, before + 1);
  }, held);
});

test("cancel aborts the request and gives the form back", async () => {
  const held = heldRequests();
  await demo.visit(async (page) => {
    await fill(page, sample.username, sample.password);
    await page.keyboard.press("Enter");
    await page.waitForSelector("#cancel:not([hidden])");

    const aborted = new Promise((resolve) =>
      page.once("requestfailed", (request) => resolve(request.failure().errorText)),
    );
    await page.click("#cancel");
    assert.equal(await aborted, "net::ERR_ABORTED");
    await page.waitForSelector("#error > code");
    assert.equal(await page.$eval("#error > code", (code) => code.textContent), "aborted");
    assert.equal(await page.$eval("#sign-in-form", (form) => form.ariaBusy), "false");
    assert.equal(await page.$eval("#cancel", (button) => button.checkVisibility()), false);
    assert.equal(await focused(page), "submit");
  }, held);
});

test("success moves the focus to the heading, changes the address and empties the password", () =>
  demo.visit(async (page) => {
    await signInAs(page, sample);

    assert.equal(await focused(page), "account-heading");
    assert.equal(new URL(page.url()).hash, "#account");
    assert.match(await page.title(), /^Signed in/);
    assert.equal(await page.$eval("#sign-in-form", (form) => form.checkVisibility()), false);
    assert.equal(await page.$eval("#current-password", (input) => input.value), "");
  }));

for (const [way, leave, returns] of [
  // The card's place in the history becomes the form's: there is nothing to go forward to.
  ["“Sign out”", (page) => page.click("#sign-out"), () => {}],
  ["the Back button", (page) => page.goBack(), (page) => page.goForward()],
]) {
  test(`${way} leads back to an empty form, and the Forward button does not bring the user back`, () =>
    demo.visit(async (page) => {
      const start = page.url();
      await signInAs(page, sample);
      await leave(page);
      await page.waitForSelector("#sign-in:not([hidden])");

      assert.equal(await focused(page), "username");
      assert.equal(await page.$eval("#username", (input) => input.value), "");
      assert.equal(page.url(), start);

      await returns(page);
      assert.equal(await page.$eval("#account", (account) => account.checkVisibility()), false);
      assert.doesNotMatch(await page.$eval("#account", (account) => account.textContent), /first name/);
      await page.waitForFunction(() => !location.hash);

      await signInAs(page, everything);
      assert.match(await page.$eval("#account-heading", (heading) => heading.textContent), /Ada/);
    }));
}

test("a reload of the card's address leads to the form", () =>
  demo.visit(async (page) => {
    await signInAs(page, sample);
    await page.reload();
    await page.waitForSelector("#submit:enabled");
    assert.equal(new URL(page.url()).hash, "");
    assert.equal(await page.$eval("#sign-in-form", (form) => form.checkVisibility()), true);
  }));

test("what worked is offered to the password manager, after success only", () =>
  demo.visit(async (page) => {
    await page.evaluate(() => {
      globalThis.offered = [];
      navigator.credentials.store = async ({ id, password }) => {
        globalThis.offered.push([id, password]);
        throw new Error("refused");
      };
    });
    const offered = () => page.evaluate(() => globalThis.offered);

    await fill(page, sample.username, "wrong");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#error > code");
    assert.deepEqual(await offered(), []);

    await page.type("#current-password", sample.password); // over what is selected
    await page.keyboard.press("Enter");
    await page.waitForSelector("#account:not([hidden])");
    assert.deepEqual(await offered(), [[sample.username, sample.password]]);
  }));
