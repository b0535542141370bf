// What stands between a page and the module: each time one code, a message that names the cure, and a next call that
// tries again.
import assert from "node:assert/strict";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { run } from "./project.mjs";
import { serve } from "./site.mjs";
import { account, apiKey, setStage } from "./stage.mjs";

const signedIn = "primary@email.com";

let call;
const stage = setStage(async () => {
  await stage.set(new URL("browser", import.meta.url));
  call = [apiKey, account.username, account.password, { baseUrl: stage.sandbox.url }];
});

const entry = "node_modules/catalyze-signin/index.js";

/** Opens an empty page of a site, with the package imported, and lets `walk` go through it. */
async function visit(site, walk, { policy, prepare } = {}) {
  const headers = policy ? { "Content-Security-Policy": policy } : {};
  const host = await serve(join(stage.folder, site), () => headers);
  const page = await stage.browser.newPage();
  try {
    if (prepare) await page.evaluateOnNewDocument(prepare);
    // Not the project's own page: it would sign in by itself.
    await page.goto(`${host.url}/package.json`);
    await page.evaluate(async (path) => {
      const client = await import(path);
      /** What came of a call: the address of the user, or the error. */
      globalThis.outcome = (name, ...values) =>
        client[name](...values).then(
          (session) => session?.user.email.primary,
          ({ name, code, retryable, message }) => ({ name, code, retryable, message }),
        );
    }, `/${entry}`);
    return await walk((...values) => page.evaluate((values) => globalThis.outcome(...values), values), page);
  } finally {
    await page.close();
    await host.stop();
  }
}

function isUnavailable({ message, ...error }, cure) {
  assert.deepEqual(error, { name: "SignInError", code: "wasm_unavailable", retryable: false });
  assert.match(message, cure);
}

/** A copy of the site in which one file of the package is another. */
async function damaged(site, file, change) {
  await cp(join(stage.folder, "browser"), join(stage.folder, site), { recursive: true });
  const path = join(stage.folder, site, "node_modules/catalyze-signin", file);
  await writeFile(path, change(await readFile(path)));
}

test("a policy without 'wasm-unsafe-eval' is named, again and again", () =>
  visit(
    "browser",
    async (outcome) => {
      isUnavailable(await outcome("signIn", ...call), /Content-Security-Policy needs 'wasm-unsafe-eval' in script-src/);
      isUnavailable(await outcome("signIn", ...call), /'wasm-unsafe-eval'/);
      isUnavailable(
        await outcome("init", "/node_modules/catalyze-signin/catalyze_signin_bg.wasm"),
        /'wasm-unsafe-eval'/,
      );
    },
    { policy: "script-src 'self'" },
  ));

test("the policy that the message asks for is enough", () =>
  visit("browser", async (outcome) => assert.equal(await outcome("signIn", ...call), signedIn), {
    policy: `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src ${stage.sandbox.url}; require-trusted-types-for 'script'`,
  }));

test("without WebAssembly a call says so, and the next one works when it is there", () =>
  visit(
    "browser",
    async (outcome, page) => {
      isUnavailable(await outcome("signIn", ...call), /no WebAssembly: switch it on/);
      isUnavailable(await outcome("init"), /no WebAssembly: switch it on/);
      await page.evaluate(() => (globalThis.WebAssembly = globalThis.hidden));
      assert.equal(await outcome("signIn", ...call), signedIn);
    },
    {
      prepare: () => {
        globalThis.hidden = WebAssembly;
        delete globalThis.WebAssembly;
      },
    },
  ));

const damages = {
  "cut off": (text) => `${text.subarray(0, 8000)}";`,
  "other marks": (text) => String(text).replace(/"....../, '"?!?!?!'),
  "another text": (text) => String(text).replace(/text = "....../, 'text = "AAAAAA'),
  empty: () => packed([]),
  "another module": () => packed([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]),
};

/** `module.js` for a few bytes, with those up to 90 as the frequent ones (js/unpack.js). */
function packed(bytes) {
  const character = (number) =>
    String.fromCharCode(
      [...Array(95).keys()].map((index) => index + 32).filter((code) => code !== 34 && code !== 92)[number],
    );
  const code = (byte) =>
    byte < 91 ? character(byte) : character(91 + Math.floor((byte - 91) / 93)) + character((byte - 91) % 93);
  const marks = Array.from({ length: 52 }, (_, place) =>
    String.fromCharCode(40 + (place < 18 ? 31 : place === 18 ? 1 : 0)),
  ).join("");
  return `export const marks = ${JSON.stringify(marks)}; export const text = ${JSON.stringify(bytes.map(code).join(""))};`;
}

for (const [damage, change] of Object.entries(damages)) {
  test(`a module in the package that is damaged (${damage}) is named, and one from elsewhere works after it`, async () => {
    await damaged(damage, "module.js", change);
    await visit(damage, async (outcome) => {
      isUnavailable(await outcome("signIn", ...call), /install the package again/);
      isUnavailable(await outcome("init"), /install the package again/);
      assert.equal(await outcome("init", "/node_modules/catalyze-signin/catalyze_signin_bg.wasm"), undefined);
      assert.equal(await outcome("signIn", ...call), signedIn);
    });
    // In Node, a rejection that is left over would end the process.
    assert.match(await outputInNode(damage), /^wasm_unavailable .* install the package again/);
  });
}

test("a module from elsewhere that is none is named, and the package's own works after it", async () => {
  await damaged("truncated", "catalyze_signin_bg.wasm", (bytes) => bytes.subarray(0, 5000));
  await visit("truncated", async (outcome) => {
    for (const address of ["/node_modules/catalyze-signin/catalyze_signin_bg.wasm", "/missing.wasm", "/index.html"]) {
      isUnavailable(await outcome("init", address), /check what init\(\) was told/);
    }
    isUnavailable(await outcome("init", "http://127.0.0.1:1/unreachable.wasm"), /check what init\(\) was told/);
    assert.equal(await outcome("signIn", ...call), signedIn);
  });
});

/** What a script in Node prints of loading the package's own module. */
async function outputInNode(site, prepare = "", args = []) {
  const script = join(stage.folder, site, "script.js");
  const load = "init().then(() => console.log('loaded'), ({ code, message }) => console.log(code, message));";
  await writeFile(script, `import { init } from "catalyze-signin"; ${prepare} ${load}`);
  return (await run("node", [...args, script], join(stage.folder, site))).stdout;
}

test("Node without WebAssembly says so", async () => {
  assert.match(await outputInNode("browser", "", ["--jitless"]), /^wasm_unavailable .* no WebAssembly: switch it on/);
});

test("a platform that compiles no bytes is told to take a module", async () => {
  // The words of Cloudflare's workerd, for the entry that is not meant for it.
  const prepare = `
    const refuse = (name) => new WebAssembly.CompileError(name + ": Wasm code generation disallowed by embedder");
    // Node itself compiles a parser when it is first asked for a Response.
    new Response();
    WebAssembly.compile = async () => { throw refuse("WebAssembly.compile()"); };
    WebAssembly.Module = new Proxy(WebAssembly.Module, { construct() { throw refuse("WebAssembly.Module()"); } });`;
  assert.match(await outputInNode("browser", prepare), /^wasm_unavailable .* give init\(\) a WebAssembly.Module/);
});
