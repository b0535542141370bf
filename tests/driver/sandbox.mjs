// The real sandbox, started for a test and stopped after it.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../..", import.meta.url));
const binary = resolve(root, process.env.SANDBOX ?? "target/debug/sandbox");

/** The key that the demo page holds. */
export const demoKey = "browser demo.example c0ffee00-5157-4e1f-9b8a-0c0ffee00001";

/** The user of the service's own documentation of sign-in. */
export const sampleUser = JSON.parse(await readFile(new URL("../sample-user.json", import.meta.url), "utf8"));

/** The sandbox's own table of faults: `{ name, path, does, expected }` for each. */
export async function faultTable() {
  return JSON.parse((await promisify(execFile)(binary, ["faults", "--json"])).stdout);
}

/**
 * Starts a sandbox with a database of its own, which is removed when it stops.
 *
 * @param {object} [options]
 * @param {{ username: string, password: string, user?: object, inactive?: boolean }[]} [options.users]
 *   `user` is the object that sign-in returns
 * @param {string[]} [options.keys] API keys in three parts
 * @param {number} [options.port] 0: any free one
 * @param {string[]} [options.args] further arguments of `sandbox serve`
 */
export async function startSandbox({ users = [], keys = [demoKey], port = 0, args = [] } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "catalyze-signin-"));
  const database = join(folder, "sandbox.db");
  const record = join(folder, "requests.jsonl");
  for (const account of users) await addUser(folder, database, account);

  const server = spawn(
    binary,
    [
      ...["serve", "--port", String(port), "--database", database, "--record", record],
      ...["--site", "www", "--package", "pkg"],
      ...keys.flatMap((key) => ["--key", key]),
      ...args,
    ],
    { cwd: root, stdio: ["ignore", "pipe", "pipe"] },
  );
  const exit = once(server, "exit");
  let log = "";
  server.stderr.on("data", (text) => (log += text));

  async function end(signal) {
    server.kill(signal);
    await exit;
  }

  return {
    url: await listeningUrl(server, exit, () => log),
    /** Stops the sandbox, waits for its end, and removes its database. */
    async stop() {
      await end("SIGTERM");
      await rm(folder, { recursive: true, force: true });
    },
    /** Ends the sandbox at once, as a crash would. */
    kill: () => end("SIGKILL"),
    /** What the sandbox has logged so far. */
    log: () => log,
    /** The API requests so far, as they arrived: `{ method, path, headers: [name, value][], body }`. */
    async requests() {
      const lines = await readFile(record, "utf8");
      return lines
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line));
    },
  };
}

async function addUser(folder, database, { username, password, user, inactive }) {
  const args = ["user", "add", "--database", database, "--username", username, "--password", password];
  if (user) {
    const file = join(folder, "user.json");
    await writeFile(file, JSON.stringify(user));
    args.push("--user-json", file);
  }
  if (inactive) args.push("--inactive");
  await promisify(execFile)(binary, args, { cwd: root });
}

async function listeningUrl(server, exit, log) {
  const output = createInterface({ input: server.stdout });
  const gone = exit.then(([code]) => {
    throw new Error(`The sandbox ended with code ${code} before it listened:\n${log()}`);
  });
  gone.catch(() => {}); // the sandbox ends at some time, when nobody waits for this any more
  const [line] = await Promise.race([once(output, "line"), gone]);
  const url = /^listening on (http:\S+)$/.exec(line)?.[1];
  if (!url) throw new Error(`The sandbox printed “${line}” instead of where it listens.`);
  return url;
}
