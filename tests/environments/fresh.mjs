// A Node of its own for each environment: what is replaced there stays there, and the package is imported after it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { packageUrl } from "../driver/modules.mjs";

// From here, a program finds the libraries.
const root = fileURLToPath(new URL("../..", import.meta.url));

/** What none of the environments takes: one that hangs is a failure of its own. */
const GIVEN_UP_MS = 120_000;

/** Ends what comes of the environment in its output, whatever else is written there. */
const MARK = "what came of it: ";

/**
 * Runs `work` in a new Node and gives what it returns, as JSON has it.
 *
 * Both functions see nothing of this file: they are sent as text. `prepare` gets the values and runs before the package
 * is imported; `work` gets the package, the values, where the package is, and a `service`, which is a `fetch` that needs no network: it knows one
 * user and gives nothing but a status and a `text()`.
 *
 * @param {(context: { api: any, service: Function, values: any, folder: string }) => Promise<any>} work
 * @param {object} [options]
 * @param {(values: any) => any} [options.prepare]
 * @param {any} [options.values] JSON
 * @param {string[]} [options.flags] of Node
 * @param {string} [options.folder] where the package is, as a URL with a slash at its end
 */
export async function inFreshNode(work, { prepare = () => {}, values = null, flags = [], folder = packageUrl } = {}) {
  const program = `
    import { writeSync } from "node:fs";
    const values = ${JSON.stringify(values)};
    const user = { usersId: "u-1", name: { firstName: "Zoë" } };
    const answers = { signin: { ...user, sessionToken: "token-1" }, verify: { userId: "u-1" }, signout: {}, "u-1": user };
    const service = async (input) => {
      const text = JSON.stringify(answers[String(input.url ?? input).split("/").at(-1)] ?? null);
      return { status: 200, text: async () => text };
    };
    const write = (outcome) => writeSync(1, ${JSON.stringify(`\n${MARK}`)} + JSON.stringify(outcome) + "\\n");
    // Node makes its own \`fetch\` when it is first asked for, out of what is there then.
    await (await fetch("data:,x")).text();
    await new Promise((resolve) => setImmediate(resolve));
    const { process } = globalThis;
    await (${prepare})(values);
    const api = await import(${JSON.stringify(`${folder}index.js`)});
    write((await (${work})({ api, service, values, folder: ${JSON.stringify(folder)} })) ?? null);
    process.exit();
  `;
  const child = spawn(process.execPath, [...flags, "--input-type=module", "--eval", program], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "close");
  const giveUp = setTimeout(() => child.kill(), GIVEN_UP_MS);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const [code] = await ended;
  clearTimeout(giveUp);
  const place = output.lastIndexOf(MARK);
  if (code !== 0 || place < 0) throw new Error(`Node ended with ${code}:\n${output}`);
  return JSON.parse(output.slice(place + MARK.length).split("\n")[0]);
}
