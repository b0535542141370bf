// The documents: the promises that the tests cite are written down, and no link leads nowhere.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
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

test("every link and picture of the documents leads to a file, and every anchor to a heading", async () => {
  const names = (await readdir(join(root, "docs"))).filter((name) => name.endsWith(".md"));
  const documents = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
    ...names.map((name) => `docs/${name}`),
  ];
  const dead = [];
  for (const document of documents) {
    const text = (await readFile(join(root, document), "utf8")).replace(/^```[^]*?^```/gm, "");
    const links = [...text.matchAll(/\]\(([^)\s]+)\)|\bsrc(?:set)?="([^"]+)"/g)].map(
      ([, link, picture]) => link ?? picture,
    );
    for (const link of links.filter((link) => !/^https?:/.test(link))) {
      const [path, anchor] = link.split("#");
      const file = path ? join(root, dirname(document), path) : join(root, document);
      const isThere = existsSync(file) && (!anchor || anchors(await readFile(file, "utf8")).includes(anchor));
      if (!isThere) dead.push(`${document}: ${link}`);
    }
  }
  assert.deepEqual(dead, []);
});

/** The anchors of a document's headings, as GitHub makes them. */
function anchors(text) {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
