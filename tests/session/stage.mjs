// What the table needs around it: the real sandbox, a server for what no good one does, and the host.
import assert from "node:assert/strict";
import { test } from "node:test";
import { key, password, username } from "../hostile/cases.mjs";
import { runInBrowser } from "../hostile/in-browser.mjs";
import { node } from "../hostile/node.mjs";
import { startServer } from "../hostile/server.mjs";
import { startSite } from "../hostile/site.mjs";
import { startSandbox } from "../sandbox.mjs";
import { cases, user } from "./cases.mjs";
import { run } from "./run.mjs";

export async function testIn(name) {
  const sandbox = await startSandbox({ users: [{ username, password, user }], keys: [key] });
  const server = await startServer(cases.map(({ answer }, index) => ({ id: String(index), answer })));
  const site = await startSite({
    arrived: (query) => server.arrived(({ id, route }) => id === query.get("id") && route.split("?")[0].endsWith(query.get("route")), Number(query.get("count"))),
    recorded: () => recorded(sandbox),
  });
  const { lanes, elsewhere, closed } = server;
  const settings = { servers: { raw: lanes[0], elsewhere, closed, sandbox: sandbox.url } };
  try {
    const { outcome, console = [] } =
      name === "node"
        ? { outcome: await run({ ...node, ...settings, site: site.url }) }
        : await runInBrowser(name, site.url, "/session/page.mjs", settings);
    await publish(outcome, { server, console, requests: [...server.exchanges, ...(await recorded(sandbox))] });
  } finally {
    site.stop();
    server.stop();
    await sandbox.stop();
  }
}

/** What the sandbox got, preflights apart. */
const recorded = async (sandbox) =>
  (await sandbox.requests()).filter(({ method }) => method !== "OPTIONS").map(({ path, ...rest }) => ({ ...rest, route: path }));

/** One test for each case that ran, and one for what no single case can answer for. */
async function publish({ title, results, general, tokens }, { server, console, requests }) {
  for (const { group, name, faults } of results) test(`${title}: ${group}: ${name}`, () => assert.deepEqual(faults, []));
  const open = await server.stillOpen();
  test(`${title}: after ${results.length} cases nothing is left, nothing was said, and no other origin was asked`, () => {
    assert.deepEqual(general, []);
    assert.deepEqual(open, [], "connections are open");
    assert.deepEqual(server.exchanges.filter(({ elsewhere }) => elsewhere).map(({ path }) => path), [], "another origin was asked");
    const told = console.filter((text) => [key, password, ...tokens].some((secret) => text.includes(secret)));
    assert.deepEqual(told, [], "the browser's console tells a secret");
  });
  test(`${title}: no request says \`Bearer (null)\`, \`Bearer null\` or \`Bearer \` (the iOS SDK, the Android SDK and the Go client did)`, () => {
    const values = requests.flatMap(({ headers }) => headers.filter(([name]) => name.toLowerCase() === "authorization"));
    assert.ok(values.length > 20);
    assert.deepEqual(values.filter(([, value]) => !tokens.includes(value.replace(/^Bearer /, ""))), []);
  });
}
