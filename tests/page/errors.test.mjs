// What the page says when signing in fails.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { startSandbox } from "../driver/sandbox.mjs";
import { alertOf, fill, focused, isSignIn, sample, signInAs, stageDemo, visit } from "./visit.mjs";

const inactive = { username: "inactive", password: "correct horse", inactive: true };
const limited = { username: "limited", password: "correct horse" };

const demo = stageDemo({
  users: [sample, inactive, limited],
  args: ["--max-failures", "2", "--failure-seconds", "600"],
});

const document = await readFile(new URL("../../www/index.html", import.meta.url), "utf8");

const types = await readFile(new URL("../../pkg/types.d.ts", import.meta.url), "utf8");

/** The closed list of the client's error codes, as its types have it. */
const codes = [
  ...types
    .split("type SignInErrorCode =")[1]
    .split("\nexport ")[0]
    .matchAll(/\| "(\w+)"/g),
].map(([, code]) => code);

async function tryToSignIn(page, { username, password } = sample) {
  await fill(page, username, password);
  await page.keyboard.press("Enter");
  return alertOf(page);
}

async function setValue(page, selector, value) {
  await page.$eval(selector, (input, text) => (input.value = text), value);
}

test("a wrong password shows one sentence and its code, keeps both fields and selects the password", () =>
  demo.visit(async (page) => {
    await page.click("#show-password");
    const alert = await tryToSignIn(page, { username: sample.username, password: "wrong" });

    assert.deepEqual(alert, {
      sentences: ["The user name or the password is wrong: check both and try again."],
      code: "invalid_credentials",
    });
    assert.equal(await focused(page), "current-password");
    assert.deepEqual(
      await page.$eval("#current-password", ({ value, type, selectionStart, selectionEnd }) => [
        value,
        type,
        selectionStart,
        selectionEnd,
      ]),
      ["wrong", "password", 0, 5],
    );
    assert.equal(await page.$eval("#username", (input) => input.value), sample.username);

    await page.keyboard.type(sample.password);
    await page.keyboard.press("Enter");
    await page.waitForSelector("#account:not([hidden])");
  }));

test("an unknown user name reads like a wrong password", () =>
  demo.visit(async (page) => {
    assert.deepEqual(await tryToSignIn(page, { username: "nobody", password: "wrong" }), {
      sentences: ["The user name or the password is wrong: check both and try again."],
      code: "invalid_credentials",
    });
  }));

test("an account that may not sign in is told so", () =>
  demo.visit(async (page) => {
    const { sentences, code } = await tryToSignIn(page, inactive);
    assert.equal(code, "forbidden");
    assert.match(sentences[0], /not allowed to sign in/);
    assert.equal(await focused(page), "error");
  }));

test("too many attempts say in how many seconds to try again", () =>
  demo.visit(async (page) => {
    await tryToSignIn(page, { username: limited.username, password: "wrong" });
    let alert;
    let retryAfter;
    page.on("response", (response) => (retryAfter = response.headers()["retry-after"]));
    for (let attempt = 0; attempt < 3 && alert?.code !== "rate_limited"; attempt++) {
      await page.keyboard.type("wrong again"); // over what is selected; clears the alert
      await page.keyboard.press("Enter");
      alert = await alertOf(page);
    }
    assert.equal(alert.code, "rate_limited");
    assert.equal(alert.sentences[0], `Too many attempts: try again in ${retryAfter} seconds.`);
  }));

test("a server that is down is a network failure, and the same form works when it is back", async () => {
  const sandbox = await startSandbox({ users: [sample] });
  let back;
  try {
    await visit(demo.browser, sandbox.url, async (page) => {
      await sandbox.kill();
      const { sentences, code } = await tryToSignIn(page);
      assert.equal(code, "network");
      assert.match(sentences[0], /^The service can’t be reached/);
      assert.equal(await focused(page), "error");

      back = await startSandbox({ users: [sample], port: new URL(sandbox.url).port });
      await page.keyboard.press("Tab");
      assert.equal(await focused(page), "submit");
      await page.keyboard.press("Enter");
      await page.waitForSelector("#account:not([hidden])");
    });
  } finally {
    await back?.stop();
    await sandbox.stop();
  }
});

const invalidArguments = [
  { field: "username", left: () => ["", sample.password], sentence: "Enter your user name." },
  { field: "current-password", left: () => [sample.username, ""], sentence: "Enter your password." },
  { field: "username", left: () => ["half \ud83d", sample.password], sentence: /^The user name holds a character/ },
  {
    field: "current-password",
    left: () => [sample.username, "half \ud83d"],
    sentence: /^The password holds a character/,
  },
  { field: "api-key", value: "browser  two blanks", sentence: /^The API key is not valid/ },
  { field: "base-url", value: "http://example.com", sentence: /^The base URL is not valid/ },
];

for (const { field, left, value, sentence } of invalidArguments) {
  test(`a bad value in ${field} (${sentence}) is marked, described and focused, and nothing is sent`, () =>
    demo.visit(async (page) => {
      const before = (await demo.sandbox.requests()).length;
      const [username, password] = left?.() ?? [sample.username, sample.password];
      await setValue(page, "#username", username);
      await setValue(page, "#current-password", password);
      if (value) await setValue(page, `#${field}`, value);
      await page.click("#submit");

      const alert = await alertOf(page);
      assert.equal(alert.code, "invalid_argument");
      assert.match(alert.sentences[0], sentence instanceof RegExp ? sentence : new RegExp(`^${sentence}$`));
      assert.equal(await focused(page), field);
      assert.deepEqual(await page.$$eval("[aria-invalid=true]", (inputs) => inputs.map((input) => input.id)), [field]);
      assert.match(await page.$eval(`#${field}`, (input) => input.getAttribute("aria-describedby")), /(^| )error$/);
      assert.equal(await page.$eval(`#${field}`, (input) => input.checkVisibility()), true);
      assert.equal((await demo.sandbox.requests()).length, before);

      await page.keyboard.type("x");
      assert.equal(await page.$eval(`#${field}`, (input) => input.ariaInvalid), "false");
      assert.equal(await page.$eval("#error", (alert) => alert.textContent), "");
    }));
}

/** Answers that the sandbox has no way to give. */
const answers = [
  { answer: { status: 400, body: "{}" }, code: "bad_request", sentence: /Connection settings/ },
  {
    answer: { status: 503, body: "", headers: { "retry-after": "7" } },
    code: "server_error",
    sentence: /in 7 seconds\.$/,
  },
  { answer: { status: 500, body: "" }, code: "server_error", sentence: /in a few minutes\.$/ },
  { answer: { status: 429, body: "" }, code: "rate_limited", sentence: /in a few minutes\.$/ },
  { answer: { status: 200, body: "<h1>Hotel Wi-Fi</h1>" }, code: "invalid_response", sentence: /log in to it first/ },
];

for (const { answer, code, sentence } of answers) {
  test(`status ${answer.status} with ${JSON.stringify(answer.body)} reads as ${code}: ${sentence}`, () =>
    demo.visit(
      async (page) => {
        const alert = await tryToSignIn(page);
        assert.equal(alert.code, code);
        assert.match(alert.sentences[0], sentence);
        assert.equal(await focused(page), "error");
      },
      { onRequest: (request) => isSignIn(request.url()) && request.respond(answer) },
    ));
}

test("a page whose policy forbids WebAssembly explains it", () =>
  demo.visit(
    async (page) => {
      // Before a sign-in, since the page looks for a kept session first.
      await page.waitForSelector("#check-status > code");
      assert.match(
        await page.$eval("#check-status", (status) => status.textContent),
        /allow WebAssembly for this page/,
      );
      await page.click("#sign-out-unchecked");
      await page.waitForSelector("#entry:not([hidden])");

      const { sentences, code } = await tryToSignIn(page);
      assert.equal(code, "wasm_unavailable");
      assert.match(sentences[0], /allow WebAssembly for this page/);
    },
    {
      onRequest: (request) =>
        request.resourceType() === "document" &&
        request.respond({
          contentType: "text/html",
          headers: { "content-security-policy": "default-src 'self'" },
          body: document,
        }),
      expected: /^CSP: script-src$|WebAssembly|Content Security Policy/,
    },
  ));

test("every error code has a sentence of its own", () =>
  demo.visit(async (page) => {
    const sentences = await page.evaluate(async (all) => {
      const { sentenceFor } = await import("/app.js");
      return all.map((code) => sentenceFor({ code }));
    }, codes);
    assert.ok(codes.length >= 14, codes.join());
    assert.equal(new Set(sentences).size, codes.length);
    for (const sentence of sentences) assert.match(sentence, /^[A-Z][^.!]{20,}\.$/);
  }));

test("a client that does not load leaves a sentence and no way to send the password", () =>
  demo.visit(
    async (page) => {
      await page.waitForSelector("#load-notice", { visible: true });
      assert.match(await page.$eval("#load-notice", (notice) => notice.textContent), /could not be loaded/);
      const before = page.url();
      await fill(page, sample.username, sample.password);
      await page.keyboard.press("Enter");
      assert.equal(await page.$eval("#submit", (button) => button.disabled), true);
      assert.equal(page.url(), before);
      assert.equal(await page.$eval("#current-password", (input) => input.value), sample.password);
    },
    {
      onRequest: (request) => request.url().endsWith("/pkg/index.js") && request.abort(),
      expected: /^Failed to load resource: net::ERR_FAILED$/,
      ready: false,
    },
  ));

test("without JavaScript the page says so", async () => {
  const page = await demo.browser.newPage();
  await page.setJavaScriptEnabled(false);
  await page.goto(demo.sandbox.url);
  const notice = await page.waitForSelector("noscript > p", { visible: true });
  assert.match(await notice.evaluate((node) => node.textContent), /needs JavaScript/);
  await page.close();
});

test("an error is forgotten by the next success", () =>
  demo.visit(async (page) => {
    await tryToSignIn(page, { username: sample.username, password: "wrong" });
    await page.$eval("#username", (input) => (input.value = ""));
    await page.$eval("#current-password", (input) => (input.value = ""));
    await signInAs(page, sample);
    await page.click("#sign-out");
    await page.waitForSelector("#sign-in:not([hidden])");
    assert.equal(await page.$eval("#error", (alert) => alert.textContent), "");
    assert.equal(await page.$("[aria-invalid=true]"), null);
  }));
