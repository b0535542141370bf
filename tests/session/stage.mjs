// What the table needs to run: the real sandbox, a server that misbehaves, and the host.
import assert from "node:assert/strict";
import { test } from "node:test";
import { key, password, username } from "../driver/credentials.mjs";
import { runInBrowser } from "../driver/in-browser.mjs";
import { node } from "../driver/node.mjs";
import { testRows } from "../driver/results.mjs";
import { startSandbox } from "../driver/sandbox.mjs";
import { startServer } from "../driver/server.mjs";
import { startSite } from "../driver/site.mjs";
import { cases, user } from "./cases.mjs";
import { run } from "./run.mjs";

export async function testIn(name) {
  const sandbox = await startSandbox({ users: [{ username, password, user }], keys: [key] });
  const server = await startServer(cases.map(({ answer }, index) => ({ id: String(index), answer })));
  const site = await startSite({
    arrived: (query) =>
      server.arrived(
        ({ id, route }) => id === query.get("id") && route.split("?")[0].endsWith(query.get("route")),
        Number(query.get("count")),
      ),
    recorded: () => recorded(sandbox),
  });
  const { lanes, elsewhere, closed } = server;
  const settings = { servers: { raw: lanes[0], elsewhere, closed, sandbox: sandbox.url } };
  try {
    const { outcome, consoleMessages = [] } =
      name === "node"
        ? { outcome: await run({ ...node, ...settings, site: site.url }) }
        : await runInBrowser(name, site.url, "/session/page.mjs", settings);
    await publish(outcome, { server, consoleMessages, requests: [...server.exchanges, ...(await recorded(sandbox))] });
  } finally {
    site.stop();
    server.stop();
    await sandbox.stop();
  }
}

/** The requests that the sandbox has received, without preflights. */
const recorded = async (sandbox) =>
  (await sandbox.requests())
    .filter(({ method }) => method !== "OPTIONS")
    .map(({ path, ...rest }) => ({ ...rest, route: path }));

async function publish({ title, results, complaints, tokens }, { server, consoleMessages, requests }) {
  testRows(title, results, {
    complaints,
    openConnections: await server.stillOpen(),
    strayRequests: server.exchanges.filter(({ elsewhere }) => elsewhere).map(({ path }) => path),
    consoleMessages,
    secrets: [key, password, ...tokens],
  });
  test(`${title}: no request says \`Bearer (null)\`, \`Bearer null\` or \`Bearer \` (the iOS SDK, the Android SDK and the Go client did)`, () => {
    const values = requests.flatMap(({ headers }) =>
      headers.filter(([name]) => name.toLowerCase() === "authorization"),
    );
    assert.ok(values.length > 20);
    assert.deepEqual(
      values.filter(([, value]) => !tokens.includes(value.replace(/^Bearer /, ""))),
      [],
    );
  });
}
