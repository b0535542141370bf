// The promises that the tests cite are those that are written down.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("every promise has one number, and the numbers of a section count up from 1", async () => {
  const text = await readFile(join(root, "docs/promises.md"), "utf8");
  const numbers = [...text.matchAll(/\*\*(\d+)\.(\d+)\*\*/g)].map(([, section, number]) => [
    Number(section),
    Number(number),
  ]);
  assert.ok(numbers.length > 80);
  let last = [0, 0];
  for (const [section, number] of numbers) {
    assert.deepEqual([section, number], section === last[0] ? [section, last[1] + 1] : [last[0] + 1, 1]);
    last = [section, number];
  }
});

test("every promise that a test cites is written down", async () => {
  const text = await readFile(join(root, "docs/promises.md"), "utf8");
  const sources = await readdir(join(root, "tests"), { recursive: true });
  const cited = [];
  for (const name of sources.filter((path) => /\.(mjs|js|rs)$/.test(path) && !path.includes("node_modules"))) {
    const source = await readFile(join(root, "tests", name), "utf8");
    for (const [list] of source.matchAll(/\d+(\.\d+)?((,| and| to) \d+(\.\d+)?)* of docs\/promises\.md/g)) {
      for (const [number] of list.matchAll(/\d+(\.\d+)?/g)) cited.push([name, number]);
    }
  }
  assert.ok(cited.length > 40, `${cited.length} citations`);
  const isWritten = (number) => text.includes(number.includes(".") ? `**${number}**` : `\n## ${number}. `);
  assert.deepEqual(
    cited.filter(([, number]) => !isWritten(number)),
    [],
  );
});
