// What this package costs in Node before the first call: the time of `init()`, and the memory of an instance.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { sampleUser } from "../tests/driver/sandbox.mjs";
import { median, packageFolder } from "./clients.mjs";

const PROCESSES = 15;

/** Node on PATH, and the programs that `NODES` names as PATH names folders. */
const nodes = ["node", ...(process.env.NODES ?? "").split(delimiter).filter(Boolean)];

const { main, exports } = JSON.parse(await readFile(join(packageFolder, "package.json"), "utf8"));
const entry = JSON.stringify(pathToFileURL(join(packageFolder, main)));
const wasm = JSON.stringify(join(packageFolder, exports["./wasm"].default));

const timed = `
const start = performance.now();
const { init } = await import(${entry});
const imported = performance.now();
await init();
console.log(JSON.stringify({ imported: imported - start, init: performance.now() - imported, version: process.version }));`;

const answer = JSON.stringify(JSON.stringify({ ...sampleUser, sessionToken: "25074b4e-1f4b-4d7f-9c4a-1f0b6a2f1d3e" }));

// Node makes instances too, for its own HTTP client: ours is known by its exports.
const watched = `
import { readFile } from "node:fs/promises";
const names = WebAssembly.Module.exports(new WebAssembly.Module(await readFile(${wasm}))).map(({ name }) => name);
const memories = [];
const made = (instance, imports = {}) => {
  if (Object.keys(instance.exports).sort().join() !== names.sort().join()) return instance;
  const values = [instance.exports, ...Object.values(imports)].flatMap((names) => Object.values(names));
  memories.push(...values.filter((value) => value instanceof WebAssembly.Memory));
  return instance;
};
WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
  construct: (target, [module, imports]) => made(new target(module, imports), imports),
});
const { instantiate } = WebAssembly;
WebAssembly.instantiate = async (source, imports) => {
  const result = await instantiate(source, imports);
  made(result.instance ?? result, imports);
  return result;
};
const bytes = () => memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
const { init, signIn } = await import(${entry});
await init();
const start = bytes();
const headers = { "Content-Type": "application/json" };
await signIn("id", "username", "password", { fetch: async () => new Response(${answer}, { headers }) });
console.log(JSON.stringify({ start, used: bytes() }));`;

const run = async (node, code) => {
  const { stdout } = await promisify(execFile)(node, ["--input-type=module", "--eval", code]);
  return JSON.parse(stdout);
};

/** For each Node its version and, in milliseconds, the medians of importing the package and of `init()`. */
export async function measureInit() {
  const all = nodes.map(() => []);
  // The first round only brings the files into the system's cache.
  for (let round = 0; round <= PROCESSES; round++) {
    for (const [index, node] of nodes.entries()) {
      const figures = await run(node, timed);
      if (round > 0) all[index].push(figures);
    }
  }
  return all.map((figures) => ({
    version: figures[0].version.slice(1),
    imported: median(figures.map(({ imported }) => imported)),
    init: median(figures.map(({ init }) => init)),
  }));
}

/** The KiB of memory that an instance has when `init()` is done, and after a sign-in: `{ start, used }`. */
export async function measureMemory() {
  const { start, used } = await run("node", watched);
  if (start === 0) throw new Error("No instance was seen to be made.");
  return { start: start / 1024, used: used / 1024 };
}
