// What `createAuth` costs: nothing if it is not used, and little if it is.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { createAuthGzip } = JSON.parse(readFileSync(join(root, "xtask/budget.json"), "utf8"));

/** The bundle of an app that uses the package in `folder`. */
async function bundle(contents, folder) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    alias: { "catalyze-signin": join(folder, "index.js") },
    ...{ bundle: true, minify: true, format: "esm", target: "es2022", legalComments: "none", write: false },
  });
  return outputFiles[0].text;
}

const gzip = (text) => gzipSync(text, { level: 9 }).length;

const APP = 'import { signIn } from "catalyze-signin"; signIn("key", "u", "p").then(console.log, console.error);';

/** The same package without `createAuth`. */
function packageWithout(folder) {
  const source = join(folder, "js");
  const target = join(folder, "pkg");
  cpSync(join(root, "pkg"), target, { recursive: true });
  cpSync(join(root, "js"), source, { recursive: true });
  rmSync(join(source, "auth.js"));
  const remove = (name, pattern, replacement = "") => {
    const text = readFileSync(join(source, name), "utf8");
    assert.match(text, pattern);
    writeFileSync(join(source, name), text.replace(pattern, replacement));
  };
  remove("client.js", /export \{ createAuth \}.*/);
  remove("index.js", /createAuth as \w+, /);
  remove("index.js", /export const createAuth = .*/);
  remove("workerd.js", /createAuth as \w+, /);
  remove("workerd.js", /export const createAuth = .*/);
  execFileSync("node", [join(root, "xtask/bundle.mjs"), join(root, "target/wasm-bindgen"), target], { cwd: folder });
  return target;
}

/**
 * Makes bundles comparable. The minifier's choice of names with one letter or two, and of declarations that share a
 * `var`, depends on what it has left out.
 */
const sizeBesidesNames = (text) =>
  text.replace(/\bvar |[;,]/g, "").replace(/(?<![\w$])[\w$]{1,2}(?![\w$])/g, "x").length;

test("an app that does not import `createAuth` is, names apart, of the same size as if there were none", async () => {
  const folder = mkdtempSync(join(tmpdir(), "catalyze-signin-"));
  try {
    const [withIt, without] = [await bundle(APP, join(root, "pkg")), await bundle(APP, packageWithout(folder))];
    assert.equal(sizeBesidesNames(withIt), sizeBesidesNames(without));
    assert.ok(Math.abs(gzip(withIt) - gzip(without)) < 20);
    assert.ok(!withIt.includes("resuming"));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("an app that uses `createAuth` with `persist` takes no more bytes than xtask/budget.json allows", async (context) => {
  const options = '{ apiKey: "key", persist: "localStorage" }';
  const app = (auth) => `${auth} createAuth(${options}).signIn("u", "p").then(console.log, console.error);`;
  // Both apps have the same text of their own, so that the difference is the package's.
  const plain =
    'import { signIn } from "catalyze-signin"; const createAuth = ({ apiKey, persist }) => ({ signIn: (...rest) => signIn(apiKey, ...rest, { persist }) });';
  const [before, after] = await Promise.all(
    [plain, 'import { createAuth } from "catalyze-signin";'].map((auth) => bundle(app(auth), join(root, "pkg"))),
  );
  const cost = gzip(after) - gzip(before);
  context.diagnostic(`createAuth with \`persist\`: ${cost} of ${createAuthGzip} bytes, gzip -9`);
  assert.ok(cost <= createAuthGzip, `${cost} bytes`);
});
