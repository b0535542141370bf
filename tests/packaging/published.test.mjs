// What npm and cargo publish. `UPDATE_GOLDEN=1` accepts what is there now.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { pack, remove, run, temporary } from "./project.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const bin = (name) => join(root, "node_modules/.bin", name);

let folder;
let packed;

before(async () => {
  folder = await temporary();
  packed = await pack(folder);
  await run("tar", ["-xzf", packed.tarball], folder);
});
after(() => remove(folder));

const published = (name) => readFile(join(folder, "package", name), "utf8");

/** Compares a text with the one that was last accepted. */
async function same(name, text) {
  const file = new URL(`golden/${name}`, import.meta.url);
  if (process.env.UPDATE_GOLDEN) await writeFile(file, text);
  assert.equal(text, await readFile(file, "utf8"), `golden/${name}: UPDATE_GOLDEN=1 accepts what is there now`);
}

test("npm packs the files that it should, and no others", () =>
  same("files.txt", `${packed.files.sort().join("\n")}\n`));

test("the declarations are those that were last accepted", async () => {
  const names = packed.files.filter((name) => name.endsWith(".d.ts")).sort();
  const texts = await Promise.all(names.map(published));
  // Without the comments: they may be mended without a second thought.
  const bare = texts.map((text) =>
    text
      .replace(/^ *\/\*\*[^]*?\*\/\n/gm, "")
      .replace(/\n{2,}/g, "\n\n")
      .trim(),
  );
  await same("declarations.txt", names.map((name, index) => `// ${name}\n\n${bare[index]}\n`).join("\n"));
});

test("every file that the manifest names is packed", async () => {
  const { exports, main, types } = JSON.parse(await published("package.json"));
  const targets = (value) => (typeof value === "string" ? [value] : Object.values(value).flatMap(targets));
  const named = [main, types, ...targets(exports)].map((path) => path.replace("./", ""));
  assert.deepEqual(
    named.filter((name) => !packed.files.includes(name)),
    [],
  );
});

test("publint has nothing to say", async () => {
  const { stdout } = await run(bin("publint"), ["--strict", packed.tarball], root);
  assert.match(stdout, /All good!/);
});

test("attw has nothing to say of a package of ES modules", async () => {
  // The profile leaves out what no such package can pass: a require() by TypeScript's node16 and node10.
  const { stdout } = await run(bin("attw"), ["--profile", "esm-only", "--format", "json", packed.tarball], root);
  const { analysis } = JSON.parse(stdout);
  assert.deepEqual([...new Set(analysis.problems.map(({ kind }) => kind))], ["CJSResolvesToESM"]);
});

test("the crate holds the client and nothing else, and builds by itself", async () => {
  const { stdout } = await run("cargo", ["package", "--package", "catalyze-signin", "--allow-dirty", "--list"], root);
  const strangers = stdout
    .trim()
    .split("\n")
    .filter((name) => !/^(src\/|Cargo\.|LICENSE-|\.cargo_vcs_info)/.test(name));
  assert.deepEqual(strangers, [
    "CHANGELOG.md",
    "README.md",
    "js/messages.js",
    "js/types.d.ts",
    "tests/sample-user.json",
  ]);
  await run("cargo", ["package", "--package", "catalyze-signin", "--allow-dirty", "--quiet"], root);
});
