// Whom the page leaves nobody out for: keyboards, screen readers, password managers, small screens, both schemes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { axeViolations } from "./axe.mjs";
import { alertOf, fill, focused, heldRequests, sample, signInAs, stageDemo } from "./visit.mjs";

const demo = stageDemo();

/** Each state of the page, and the way there. */
const states = {
  form: async () => {},
  "form with its settings open": (page) => page.click("summary"),
  error: async (page) => {
    await fill(page, sample.username, "wrong");
    await page.click("#submit");
    await alertOf(page);
  },
  success: async (page) => {
    await signInAs(page, sample);
    await page.click("#show-token");
  },
  "answer about the session": async (page) => {
    await signInAs(page, sample);
    await page.click("#check-session");
    await page.waitForSelector("#check-session[aria-disabled=false]");
  },
  "form after signing out": async (page) => {
    await signInAs(page, sample);
    await page.click("#sign-out");
    await page.waitForFunction(() => document.querySelector("#message").textContent === "You are signed out.");
  },
  "check of a kept session": async (page) => {
    await page.click("#keep");
    await signInAs(page, sample);
    await page.evaluateOnNewDocument(() => (globalThis.fetch = () => new Promise(() => {})));
    await page.reload();
    await page.waitForSelector("#check:not([hidden])");
  },
  "check that has failed": async (page) => {
    await page.click("#keep");
    await signInAs(page, sample);
    await page.evaluateOnNewDocument(() => (globalThis.fetch = () => Promise.reject(new TypeError("Failed to fetch"))));
    await page.reload();
    await page.waitForSelector("#check-status > code");
  },
};

const attributes = (page, selector, names) =>
  page.$eval(selector, (node, all) => Object.fromEntries(all.map((name) => [name, node.getAttribute(name)])), names);

test("password managers and phones find what they look for", () =>
  demo.visit(async (page) => {
    const names = [
      "name",
      "type",
      "autocomplete",
      "autocapitalize",
      "autocorrect",
      "spellcheck",
      "required",
      "maxlength",
    ];
    const common = { autocapitalize: "none", autocorrect: "off", spellcheck: "false", required: "", maxlength: null };
    assert.deepEqual(await attributes(page, "#username", names), {
      ...common,
      name: "username",
      type: "text",
      autocomplete: "username",
    });
    assert.deepEqual(await attributes(page, "#current-password", names), {
      ...common,
      name: "password",
      type: "password",
      autocomplete: "current-password",
    });
    assert.equal(await page.$eval("form", (form) => form.method), "post");
    assert.equal((await page.$$("input[type=password]")).length, 1);
  }));

test("every input has a visible label and none leans on a placeholder", () =>
  demo.visit(async (page) => {
    await page.click("summary");
    const inputs = await page.$$eval("input", (all) =>
      all.map(({ labels, placeholder }) => [labels.length, labels[0]?.checkVisibility(), placeholder]),
    );
    assert.deepEqual(inputs, Array(5).fill([1, true, ""]));
  }));

test("live regions are there, and silent, when the page loads", () =>
  demo.visit(async (page) => {
    const regions = await page.$$eval("#message, #error, #progress, #password-visibility", (nodes) =>
      nodes.map((node) => [node.id, node.getAttribute("role"), node.textContent, node.checkVisibility()]),
    );
    assert.deepEqual(regions, [
      ["message", "status", "", true],
      ["password-visibility", "status", "", true],
      ["error", "alert", "", true],
      ["progress", "status", "", true],
    ]);
  }));

test("signing in is announced while it is under way", async () => {
  const held = heldRequests();
  await demo.visit(async (page) => {
    await fill(page, sample.username, sample.password);
    await page.keyboard.press("Enter");
    await page.waitForSelector("#sign-in-form[aria-busy=true]");
    assert.equal(await page.$eval("#progress", (status) => status.textContent), "Signing in…");
    await held.letGo();
    await page.waitForSelector("#account:not([hidden])");
    assert.equal(await page.$eval("#progress", (status) => status.textContent), "");
  }, held);
});

test("a password can be pasted", () =>
  demo.visit(async (page) => {
    await page.type("#username", "pasted secret");
    await page.keyboard.down("a", { commands: ["SelectAll"] });
    await page.keyboard.down("c", { commands: ["Copy"] });
    await page.focus("#current-password");
    await page.keyboard.down("v", { commands: ["Paste"] });
    assert.equal(await page.$eval("#current-password", (input) => input.value), "pasted secret");
  }));

test("the password is shown on request, with its text and caret kept, and hidden again on submit", () =>
  demo.visit(async (page) => {
    const state = () =>
      page.evaluate(() => [
        document.querySelector("#current-password").type,
        document.querySelector("#show-password").textContent,
        document.querySelector("#password-visibility").textContent,
      ]);
    const hidden = ["password", "Show password", ""];
    await fill(page, sample.username, "wrong");
    await page.$eval("#current-password", (input) => input.setSelectionRange(2, 2));
    assert.deepEqual(await state(), hidden);

    await page.click("#show-password");
    assert.deepEqual(await state(), ["text", "Hide password", "Your password is visible on the screen."]);
    assert.deepEqual(await page.$eval("#current-password", (input) => [input.value, input.selectionStart]), [
      "wrong",
      2,
    ]);
    assert.equal(await focused(page), "show-password");

    await page.click("#submit");
    await alertOf(page);
    assert.deepEqual(await state(), hidden);
  }));

test("the keyboard alone signs in, asks about the session, reads the token and signs out", () =>
  demo.visit(async (page) => {
    const tab = async () => {
      await page.keyboard.press("Tab");
      return focused(page);
    };
    const connectionToggle = () => page.evaluate(() => document.activeElement.localName);

    assert.equal(await focused(page), "username");
    await page.keyboard.type(sample.username);
    assert.equal(await tab(), "current-password");
    await page.keyboard.type(sample.password);
    assert.equal(await tab(), "show-password");
    await page.keyboard.press("Space");
    assert.equal(await page.$eval("#current-password", (input) => input.type), "text");
    assert.equal(await tab(), "keep");
    await page.keyboard.press("Space");
    assert.equal(await page.$eval("#keep", (box) => box.checked), true);
    assert.equal(await tab(), "submit");
    await tab();
    assert.equal(await connectionToggle(), "summary");
    await page.keyboard.press("Enter");
    assert.equal(await tab(), "api-key");
    assert.equal(await tab(), "base-url");
    await page.keyboard.press("Enter"); // submits from any field
    await page.waitForSelector("#account:not([hidden])");

    assert.equal(await focused(page), "account-heading");
    assert.equal(await tab(), "sign-out");
    assert.equal(await tab(), "check-session");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#check-session[aria-disabled=false]");
    assert.equal(await focused(page), "check-session");
    assert.equal(await tab(), "reload-record");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#reload-record[aria-disabled=false]");
    assert.equal(await focused(page), "reload-record");
    assert.equal(await tab(), "show-token");
    await page.keyboard.press("Space");
    assert.equal(await page.$eval("#token", (token) => token.checkVisibility()), true);
    assert.equal(await tab(), "copy-token");

    await page.focus("#sign-out");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#sign-in:not([hidden])");
    assert.equal(await focused(page), "username");
  }));

test("whatever takes the focus from the keyboard shows it", () =>
  demo.visit(async (page) => {
    await page.click("summary");
    await page.focus("#username");
    for (const id of ["username", "current-password", "show-password", "keep", "submit", "", "api-key", "base-url"]) {
      assert.equal(await focused(page), id);
      assert.equal(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), "solid", id);
      await page.keyboard.press("Tab");
    }
  }));

for (const scheme of ["light", "dark"]) {
  for (const [state, arrive] of Object.entries(states)) {
    test(`axe finds nothing wrong with the ${state} in the ${scheme} scheme`, () =>
      demo.visit(
        async (page) => {
          await arrive(page);
          assert.deepEqual(await axeViolations(page), []);
        },
        { scheme },
      ));
  }
}

const screens = [
  { width: 320, height: 640 },
  { width: 640, height: 400, deviceScaleFactor: 2 }, // 1280 pixels at 200 %
  { width: 320, height: 256, deviceScaleFactor: 4 }, // 1280 pixels at 400 %
  { width: 768, height: 1024 },
  { width: 1280, height: 800 },
  { width: 2560, height: 1080 },
];

const fits = (page) => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);

for (const [state, arrive] of Object.entries(states)) {
  test(`nothing of the ${state} runs out of the window, from 320 pixels to 2560, up to 400 %`, () =>
    demo.visit(async (page) => {
      await arrive(page);
      for (const screen of screens) {
        await page.setViewport(screen);
        assert.ok(await fits(page), JSON.stringify(screen));
      }
    }));

  test(`text at twice its size fits the ${state}`, () =>
    demo.visit(async (page) => {
      await arrive(page);
      await page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
      assert.ok(await fits(page));
    }));

  test(`each control of the ${state} is at least 44 pixels high, and its text at least 16`, () =>
    demo.visit(
      async (page) => {
        await arrive(page);
        const small = await page.$$eval("button, input, summary", (controls) =>
          controls
            .filter((control) => control.checkVisibility())
            // The label of a box is as good a place to press.
            .map((control) => (control.type === "checkbox" ? control.labels[0] : control))
            .filter((control) => control.offsetHeight < 44 || parseFloat(getComputedStyle(control).fontSize) < 16)
            .map((control) => control.outerHTML),
        );
        assert.deepEqual(small, []);
      },
      { viewport: screens[0] },
    ));
}
