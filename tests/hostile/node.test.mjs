// The table of hostile cases in Node.
import { inspect } from "node:util";
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { moduleNamed, packageFolder } from "./modules.mjs";
import { publish } from "./results.mjs";
import { run } from "./run.mjs";
import { startServer } from "./server.mjs";

const server = await startServer();
const outcome = await run({
  name: "node",
  version: process.versions.node,
  server: { lanes: server.lanes, elsewhere: server.elsewhere, closed: server.closed },
  load: (query) => import(pathToFileURL(join(packageFolder, "index.js")) + query),
  module: moduleNamed,
  onUnhandled(complain) {
    for (const kind of ["unhandledRejection", "uncaughtException"]) process.on(kind, (reason) => complain(inspect(reason)));
  },
  inspect: (value) => [inspect(value), inspect(value, { showHidden: true, depth: Infinity }), inspect(value, { getters: true })],
  libraries: await libraries(),
  only: process.env.ONLY?.split(","),
});
await publish("node", outcome, server);

/** Other implementations of fetch, whose responses are not the platform's. */
async function libraries() {
  const [undici, nodeFetch] = await Promise.all(["undici", "node-fetch"].map((name) => import(name).catch(() => undefined)));
  return { undici: undici?.fetch, "node-fetch": nodeFetch?.default };
}
