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

/** What the tables call each. */
export const clients = {
  fetch: "plain `fetch`",
  ours: "this package",
  valibot: `\`valibot\` ${dependencies.valibot} and \`fetch\``,
  pocketbase: `\`pocketbase\` ${dependencies.pocketbase}`,
  supabase: `\`@supabase/auth-js\` ${dependencies["@supabase/auth-js"]}`,
  firebase: `\`firebase/auth\` ${dependencies.firebase}`,
  "better-auth": `\`better-auth\` ${dependencies["better-auth"]}`,
};

export const names = Object.keys(clients);

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

/** The names from `first` on, every other time backwards: none always follows the same one. */
export function inTurn(round, from = names) {
  const order = from.map((_, index) => from[(index + (round >> 1)) % from.length]);
  return round % 2 ? order.reverse() : order;
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2;
}
