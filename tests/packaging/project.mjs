// A project of somebody else that uses the package: a temporary copy, with the packed package installed.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const packageFolder = fileURLToPath(new URL("../../pkg", import.meta.url));
const quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"];

/** Makes a folder for one test file that goes with it. */
export const temporary = () => mkdtemp(join(tmpdir(), "catalyze-signin-packaging-"));

/** Packs the built package into `folder`, as publishing would. */
export async function pack(folder) {
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", folder], packageFolder);
  const [{ filename, files }] = JSON.parse(stdout);
  return { tarball: join(folder, filename), files: files.map(({ path }) => path) };
}

/** Installs what the project in `folder` asks for, and the package from its tarball. */
export const install = (folder, tarball) =>
  run("npm", ["install", "--no-save", "--prefer-offline", ...quiet, tarball], folder);

const environment = (folder, more) => ({
  ...process.env,
  ...more,
  PATH: [join(folder, "node_modules/.bin"), more.PATH ?? process.env.PATH].join(delimiter),
  CI: "true",
  NO_COLOR: "1",
  DO_NOT_TRACK: "1",
  XDG_CACHE_HOME: join(folder, ".cache"),
  XDG_CONFIG_HOME: join(folder, ".config"),
  // This runner's own, and no business of a test runner inside a project.
  NODE_TEST_CONTEXT: undefined,
});

/** Runs a command to its end; a failure tells all that it printed. */
export async function run(command, args, folder, more = {}) {
  try {
    return await promisify(execFile)(command, args, {
      cwd: folder,
      env: environment(folder, more),
      timeout: 240_000,
      maxBuffer: 2 ** 26,
    });
  } catch (error) {
    throw new Error(`${[command, ...args].join(" ")}: ${error.message}\n${error.stdout}\n${error.stderr}`, {
      cause: error,
    });
  }
}

/** Starts a server of the project's own on a free port, and waits until it answers. */
export async function start(command, folder, more = {}) {
  const port = await freePort();
  const env = environment(folder, { ...more, PORT: String(port) });
  // In a group of its own, so that it ends with all that it has started.
  const child = spawn("sh", ["-c", command], { cwd: folder, env, detached: true });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (log += text));
  const exit = once(child, "exit");
  let over = false;
  exit.then(() => (over = true));
  const stop = async () => {
    if (over) return;
    process.kill(-child.pid, "SIGKILL");
    await exit;
  };
  const url = `http://localhost:${port}`;
  for (const deadline = Date.now() + 60_000; ;) {
    if (over || Date.now() > deadline) {
      await stop();
      throw new Error(`${command} does not serve:\n${log}`);
    }
    if (
      await fetch(url).then(
        () => true,
        () => false,
      )
    )
      return { url, stop, log: () => log };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function freePort() {
  const server = createServer().listen(0);
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

export const remove = (folder) => rm(folder, { recursive: true, force: true });
