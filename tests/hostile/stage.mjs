// What the table needs to run: a server that answers as each row says, and the host.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { password, token } from "../driver/credentials.mjs";
import { runInBrowser } from "../driver/in-browser.mjs";
import { node } from "../driver/node.mjs";
import { testRows } from "../driver/results.mjs";
import { startServer } from "../driver/server.mjs";
import { startSite } from "../driver/site.mjs";
import { cases } from "./cases.mjs";
import { run } from "./run.mjs";
import { verdict } from "./verdict.mjs";

/** Runs the table in one host, and turns the results into tests. */
export async function testIn(name) {
  const server = await startServer(cases);
  try {
    const { lanes, elsewhere, closed } = server;
    const settings = { server: { lanes, elsewhere, closed } };
    const inHost = name === "node" ? runInNode : runInPage;
    const { outcome, consoleMessages = [] } = await inHost(settings, name);
    await publish(name, outcome, server, consoleMessages);
  } finally {
    server.stop();
  }
}

async function runInNode(settings) {
  return { outcome: await run({ ...node, ...settings, libraries: await libraries() }) };
}

async function runInPage(settings, name) {
  const site = await startSite();
  try {
    return await runInBrowser(name, site.url, "/hostile/page.mjs", settings);
  } finally {
    site.stop();
  }
}

/** Other implementations of fetch, whose responses are not the platform's. */
async function libraries() {
  const [undici, nodeFetch] = await Promise.all(["undici", "node-fetch"].map((name) => import(name)));
  return { undici: undici.fetch, "node-fetch": nodeFetch.default };
}

/** Makes the tests. If `MATRIX` names a folder, also writes a file there for the published table. */
async function publish(host, { title, ms, results, complaints }, server, consoleMessages) {
  const openConnections = await server.stillOpen();
  const rowOf = new Map(cases.map((row) => [row.id, row]));
  const rows = results.map((result) => {
    const { group, name } = rowOf.get(result.id);
    const { requests, faults } = verdict(rowOf.get(result.id), host, server.exchanges);
    return { ...result, group, name, requests, faults: [...result.faults, ...faults] };
  });
  if (process.env.MATRIX) {
    await mkdir(process.env.MATRIX, { recursive: true });
    await writeFile(join(process.env.MATRIX, `${host}.json`), JSON.stringify({ host, title, ms, rows }));
  }
  const strayRequests = server.exchanges.filter(({ elsewhere }) => elsewhere).map(({ path }) => path);
  const secrets = [password, token, "key-canary"];
  testRows(title, rows, { complaints, openConnections, strayRequests, consoleMessages, secrets });
}
