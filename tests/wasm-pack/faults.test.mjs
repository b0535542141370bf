// Every fault of the sandbox's table, met in Chromium by the client in Rust, through what a plain `wasm-pack build
// --target web` has left in pkg/.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchChromium } from "../driver/chromium.mjs";
import { demoKey } from "../driver/sandbox.mjs";
import { account, arrivals, faults, nothingIsOpen, stageFaults } from "../faults/stage.mjs";

const stage = stageFaults();
let browser;
before(async () => (browser = await launchChromium()));
after(() => browser?.close());

/** How a sign-in in a page of the sandbox's own ends, and what can be read in its error. */
async function signIn(page, fault, timeoutMs) {
  const options = { baseUrl: new URL(page.url()).origin + fault.path, timeoutMs };
  return page.evaluate(
    async (...call) => {
      const glue = await import("/pkg/catalyze_signin.js");
      await glue.default();
      try {
        const { user, token } = await glue.signIn(...call);
        return { code: token && user.usersId ? "success" : "neither user nor token" };
      } catch (error) {
        const texts = [String(error), JSON.stringify(error), error.stack, String(error.cause)];
        return { code: error.code, isError: error instanceof Error, texts: texts.join("\n") };
      }
    },
    ...[demoKey, account.username, account.password, options],
  );
}

for (const fault of faults) {
  test(`under ${fault.name} the client in Rust ends with ${fault.expected.join(", then ")}, and sends one request`, async () => {
    const { sandbox, timeoutMs } = stage.meeting(fault);
    const page = await browser.newPage();
    try {
      // Any document of that origin: the demo page would want the npm package.
      await page.goto(`${sandbox.url}/fault`);
      for (const expected of fault.expected) {
        const before = (await sandbox.requests()).length;
        const { code, isError = true, texts = "" } = await signIn(page, fault, timeoutMs);
        assert.deepEqual([code, isError], [expected, true]);
        assert.ok(!texts.includes(account.password), texts);
        const arrived = await arrivals(sandbox, before);
        // A browser repeats by itself what it sent over a connection that it had used before, and tells no page.
        if (fault.name === "reset") assert.ok(arrived >= 1);
        else assert.equal(arrived, 1);
      }
    } finally {
      await page.close();
    }
    await nothingIsOpen(sandbox);
  });
}
