// What the table needs to run: the real sandbox, a server that misbehaves, and the host.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { runInBrowser } from "../driver/in-browser.mjs";
import { node } from "../driver/node.mjs";
import { testRows } from "../driver/results.mjs";
import { startSandbox } from "../driver/sandbox.mjs";
import { startServer } from "../driver/server.mjs";
import { startSite } from "../driver/site.mjs";
import { cases, otherUser, user } from "./cases.mjs";
import { key, password, username } from "./credentials.mjs";
import { keys, run } from "./run.mjs";

export async function testIn(name) {
  const users = [
    { username, password, user },
    { username: "other-user", password, user: otherUser },
  ];
  const sandbox = await startSandbox({ users, keys });
  const server = await startServer(cases.map(({ answer }, index) => ({ id: String(index), answer })));
  const site = await startSite();
  const settings = { servers: { raw: server.lanes[0], closed: server.closed, sandbox: sandbox.url } };
  try {
    const { outcome, consoleMessages = [] } =
      name === "node"
        ? { outcome: await run({ ...node, ...settings, collect }) }
        : await runInBrowser(name, site.url, "/auth/page.mjs", settings);
    testRows(outcome.title, outcome.results, {
      complaints: outcome.complaints,
      openConnections: await server.stillOpen(),
      strayRequests: server.exchanges.filter(({ elsewhere }) => elsewhere).map(({ path }) => path),
      consoleMessages,
      secrets: [key, password],
    });
  } finally {
    site.stop();
    server.stop();
    await sandbox.stop();
  }
}

/** Collects garbage. It needs no flag of the command line, so that this file runs like all others. */
function collect() {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
}
