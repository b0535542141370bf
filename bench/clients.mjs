// The clients that are compared: each a file of `clients/`, whose `connect` returns what signs in and resolves with
// the token.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const folder = fileURLToPath(new URL(".", import.meta.url));
const { dependencies } = JSON.parse(await readFile(new URL("package.json", import.meta.url), "utf8"));

/** The folder of the built package: `pkg/`, or what `PACKAGE` names. */
export const packageFolder = resolve(process.env.PACKAGE ?? fileURLToPath(new URL("../pkg", import.meta.url)));

const named = (short, version, rest = "") => ({ row: `${short} ${version}${rest}`, short: short + rest });

/** What the tables call each: the heads of their rows, with versions, and shorter in a sentence. */
export const clients = {
  fetch: { row: "plain `fetch`", short: "plain `fetch`" },
  ours: { row: "this package", short: "this package" },
  valibot: named("`valibot`", dependencies.valibot, " and `fetch`"),
  pocketbase: named("`pocketbase`", dependencies.pocketbase),
  supabase: named("`@supabase/auth-js`", dependencies["@supabase/auth-js"]),
  firebase: named("`firebase/auth`", dependencies.firebase),
  "better-auth": named("`better-auth`", dependencies["better-auth"]),
};

export const names = Object.keys(clients);

export const account = { username: "bench@example.com", password: "correct horse battery staple" };

/** One script for a page: `code`, which has the client's `connect`, with all that it imports. */
export async function bundle(name, code, options) {
  const { outputFiles } = await build({
    stdin: { contents: `import { connect } from "./clients/${name}.js";\n${code}`, resolveDir: folder },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    legalComments: "none",
    alias: { "catalyze-signin": packageFolder },
    write: false,
    ...options,
  });
  return outputFiles[0].text;
}

/** A page that shares nothing with any other; `failed` rejects with an error that its script does not catch. */
export async function openPage(browser) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  const failed = new Promise((_, reject) => page.once("pageerror", reject));
  failed.catch(() => {}); // it may come before anyone waits for it
  return { page, context, failed };
}

/** Each goes first in turn, and every other round goes backwards, so that none always follows the same one. */
export function inTurn(round, from = names) {
  const order = from.map((_, index) => from[(index + (round >> 1)) % from.length]);
  return round % 2 ? order.reverse() : order;
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2;
}
