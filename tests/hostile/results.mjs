// What a run says, as tests and as a file for the published matrix.
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { cases, password, token } from "./cases.mjs";
import { tells } from "./echoes.mjs";

/** One test for each row that ran, and one for what no single row can answer for. */
export async function publish(host, { host: title, ms, results, general }, server, console = []) {
  const open = await server.stillOpen();
  server.stop();
  const byId = new Map(cases.map((row) => [row.id, row]));
  const rows = results.map((result) => {
    const row = byId.get(result.id);
    const { requests, faults } = server.verdict(row, host);
    return { ...result, group: row.group, name: row.name, requests, faults: [...result.faults, ...faults] };
  });
  if (process.env.MATRIX) {
    await mkdir(process.env.MATRIX, { recursive: true });
    await writeFile(`${process.env.MATRIX}/${host}.json`, JSON.stringify({ host, title, ms, rows }));
  }
  for (const { group, name, faults } of rows) {
    test(`${title}: ${group}: ${name}`, () => assert.deepEqual(faults, []));
  }
  test(`${title}: nothing is left and nothing was said after ${rows.length} cases`, () => {
    assert.deepEqual(general, []);
    assert.deepEqual(open, [], "connections are open");
    const told = console.filter((text) => tells(text, [password, token, "key-canary"]));
    assert.deepEqual(told, [], "the browser's console tells a secret");
  });
}
