// The table of hostile cases in Node.
import { node } from "./node.mjs";
import { publish } from "./results.mjs";
import { run } from "./run.mjs";
import { startServer } from "./server.mjs";

const server = await startServer();
const outcome = await run({
  ...node,
  server: { lanes: server.lanes, elsewhere: server.elsewhere, closed: server.closed },
  libraries: await libraries(),
});
await publish("node", outcome, server);

/** Other implementations of fetch, whose responses are not the platform's. */
async function libraries() {
  const [undici, nodeFetch] = await Promise.all(["undici", "node-fetch"].map((name) => import(name).catch(() => undefined)));
  return { undici: undici?.fetch, "node-fetch": nodeFetch?.default };
}
