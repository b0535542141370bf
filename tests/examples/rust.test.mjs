// The examples in Rust, as `cargo xtask test --only examples` has built them: a person signs in at each form, and the
// command-line program runs.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launchChromium } from "../driver/chromium.mjs";
import { demoKey, sampleUser, startSandbox } from "../driver/sandbox.mjs";
import { serve } from "../packaging/site.mjs";

const folder = process.env.EXAMPLES;
const account = { username: "sample", password: "correct horse", user: sampleUser };

let browser;
let sandbox;
before(async () => {
  sandbox = await startSandbox({ users: [account] });
  // The examples ask at the address of `cargo xtask demo`, which may be running.
  browser = await launchChromium([`--host-resolver-rules=MAP 127.0.0.1:8080 ${new URL(sandbox.url).host}`]);
});
after(async () => {
  await browser?.close();
  await sandbox?.stop();
});

for (const framework of ["leptos", "yew"]) {
  test(`examples/${framework} explains a wrong password, and signs in`, async () => {
    const site = await serve(join(folder, framework));
    const page = await browser.newPage();
    const complaints = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    try {
      await page.goto(site.url);
      await (await page.waitForSelector("[name=username]")).type(account.username);
      await page.type("[name=password]", "wrong");
      await page.click("button");
      const alert = await page.waitForSelector("[role=alert]");
      assert.equal(await alert.evaluate(({ textContent }) => textContent), "The user name or the password is wrong.");
      await page.waitForSelector("button:enabled");
      const password = await page.$("[name=password]");
      await password.click({ count: 3 });
      await password.type(account.password);
      await page.click("button");
      await page.waitForFunction(
        (id) => document.body.innerText.includes(`Signed in as ${id}`),
        {},
        sampleUser.usersId,
      );
      assert.deepEqual(complaints, []);
    } catch (error) {
      throw new Error([error.message, ...complaints].join("\n"), { cause: error });
    } finally {
      await page.close();
      await site.stop();
    }
  });
}

/** Runs the command-line program with `password` in its standard input. */
const native = (password) =>
  new Promise((resolve, reject) => {
    const environment = { ...process.env, CATALYZE_API_KEY: demoKey, CATALYZE_BASE_URL: sandbox.url };
    const program = join(folder, "native/debug/sign-in-natively");
    const child = execFile(program, [account.username], { env: environment }, (error, stdout, stderr) =>
      error ? reject(new Error(stderr, { cause: error })) : resolve(stdout),
    );
    child.stdin.end(`${password}\n`);
  });

test("examples/native prints the user", async () => {
  assert.deepEqual(JSON.parse(await native(account.password)), sampleUser);
});

test("examples/native says why a sign-in failed, and repeats no password", async () => {
  await assert.rejects(native("wrong canary"), (error) => {
    assert.match(error.message, /The username or the password is not right\./);
    assert.doesNotMatch(error.message, /canary/);
    return true;
  });
});
