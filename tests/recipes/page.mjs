// The files of docs/recipes.md, as they stand there, and the service that they name.
import assert from "node:assert/strict";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { packageFolder } from "../driver/modules.mjs";

const page = await readFile(new URL("../../docs/recipes.md", import.meta.url), "utf8");

const sections = page.split(/^## /m).slice(1);

/** The recipes, by their headings. */
export const titles = sections.map((section) => section.split("\n")[0]);

/** Where the recipes sign in. No test goes there. */
export const service = "https://api.catalyze.io";

/** The API keys that the recipes hold. */
export const keys = [...new Set([...page.matchAll(/"(\w+ \S+ [0-9a-f-]{36})"/g)].map(([, key]) => key))];

/**
 * The files of one recipe: each is a block whose first line is a comment with its name. A block without is called by its
 * language.
 *
 * @param {string} title
 * @param {string[]} names all of them, so that none is added that no test runs
 * @returns {Record<string, string>}
 */
export function recipe(title, ...names) {
  const section = sections.find((text) => text.startsWith(`${title}\n`));
  assert.ok(section, `docs/recipes.md has no “${title}”`);
  const files = [...section.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map(([, language, code]) => {
    const [, name = language] = /^(?:\/\/|<!--) (\S+\.\w+)/.exec(code) ?? [];
    return [name, code];
  });
  assert.deepEqual(files.map(([name]) => name).sort(), names.sort(), `the files of “${title}”`);
  return Object.fromEntries(files);
}

/** Writes the files of a project. */
export const write = (folder, files) =>
  Promise.all(Object.entries(files).map(([name, code]) => writeFile(join(folder, name), code)));

/** Makes `folder` a project that has the built package installed. */
export async function withPackage(folder, files) {
  await mkdir(join(folder, "node_modules"), { recursive: true });
  await symlink(packageFolder, join(folder, "node_modules/catalyze-signin"), "dir");
  await write(folder, { "package.json": '{ "type": "module" }', ...files });
}
