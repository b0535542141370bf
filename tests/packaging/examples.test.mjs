// The examples, as they are, from the packed package: a person signs in at each form, and each script runs.
import assert from "node:assert/strict";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { run } from "./project.mjs";
import { serve } from "./site.mjs";
import { account, apiKey, setStage } from "./stage.mjs";

const examples = new URL("../../examples/", import.meta.url);
const example = (name) => new URL(`${name}/`, examples);

let environment;
const stage = setStage(() => {
  environment = { CATALYZE_API_KEY: apiKey, CATALYZE_BASE_URL: stage.sandbox.url };
});

/** Goes to the form at `folder`, gets the password wrong, and then right. */
async function walk(folder) {
  const site = await serve(folder);
  const page = await stage.browser.newPage();
  page.setDefaultTimeout(20_000);
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  try {
    await page.goto(`${site.url}/?${new URLSearchParams({ apiKey, baseUrl: stage.sandbox.url })}`);
    await (await page.waitForSelector("[name=username]")).type(account.username);
    await page.type("[name=password]", "wrong");
    await page.click("button");
    const alert = await page.waitForSelector("[role=alert]:not(:empty)");
    assert.equal(await alert.evaluate(({ textContent }) => textContent), "The user name or the password is wrong.");
    await page.waitForSelector("button:enabled");
    await page.$eval("[name=password]", (field) => (field.value = ""));
    await page.type("[name=password]", account.password);
    await page.click("button");
    await page.waitForFunction(() => document.body.innerText.includes("Signed in as primary@email.com"));
    assert.deepEqual(complaints, []);
  } catch (error) {
    throw new Error([error.message, ...complaints].join("\n"), { cause: error });
  } finally {
    await page.close();
    await site.stop();
  }
}

for (const framework of ["react", "vue"]) {
  test(`examples/${framework} signs in`, async () => {
    const folder = await stage.set(example(framework));
    await run("npx", ["vite", "build"], folder);
    await walk(join(folder, "dist"));
  });
}

test("a session in a ref of Vue still tells its token", async () => {
  const folder = join(stage.folder, "vue");
  const script = `
    import { signIn } from "catalyze-signin";
    import { reactive, ref } from "vue";
    const fetch = async () => new Response('{"usersId":"u","sessionToken":"t"}');
    const session = await signIn("key", "bob", "password", { fetch });
    console.log(ref(session).value.token, reactive({ session }).session.token);`;
  await writeFile(join(folder, "session.js"), script);
  assert.equal((await run("node", ["session.js"], folder)).stdout, "t t\n");
});

test("examples/vanilla signs in", async () => walk(await stage.set(example("vanilla"))));

test("examples/node prints the user, and explains a refusal", async () => {
  const folder = await stage.set(example("node"));
  const signIn = (password) =>
    run("sh", ["-c", `printf '%s\\n' '${password}' | node sign-in.js ${account.username}`], folder, environment);
  assert.deepEqual(JSON.parse((await signIn(account.password)).stdout), account.user);
  await assert.rejects(signIn("wrong"), /invalid_credentials: /);
});

test("every example is run here, or by the check `examples`", async () => {
  assert.deepEqual((await readdir(examples)).sort(), ["leptos", "native", "node", "react", "vanilla", "vue", "yew"]);
});
