// Writes the published table from the results of the runs: node matrix.mjs <folder of the results> <file>
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cases } from "./cases.mjs";

const [folder, file] = process.argv.slice(2);
const hosts = await Promise.all(
  ["node", "chromium", "firefox", "webkit"].map(async (host) =>
    JSON.parse(await readFile(join(folder, `${host}.json`), "utf8")),
  ),
);
for (const { rows } of hosts)
  for (const row of rows) if (row.faults.length) throw new Error(`${row.name}: ${row.faults}`);

const capitals = (title) => title[0].toUpperCase() + title.slice(1).replace(/^ebkit/, "ebKit");
const cell = (text) => text.replaceAll("|", "\\|");

/** `session, session, session` as `3 × session`. */
const counted = (outcome) => {
  const parts = outcome.split(", ");
  return parts.length > 2 && new Set(parts).size === 1 ? `${parts.length} × ${parts[0]}` : outcome;
};

const shown = ({ host, rows }, row) => {
  const result = rows.find(({ id }) => id === row.id);
  if (!result) return `– ${row.only.because}`;
  const { because } = row.differs?.[host] ?? {};
  return `${counted(result.outcome)}; ${result.ms} ms; ${result.requests}${because ? ` (${because})` : ""}`;
};

const groups = new Map();
for (const row of cases) groups.set(row.group, [...(groups.get(row.group) ?? []), row]);

const lines = [
  "# The promises under hostile conditions",
  "",
  "Made by `cargo xtask matrix` from a real run. Each cell says what came of the case, after how many milliseconds, and",
  "how many requests reached the server. In each of them the call settled once and within `timeoutMs` + 250 ms, left no",
  "timer, no listener and no open request, and showed neither the password nor the token nor the key anywhere: that is",
  "what [promises.md](promises.md) says of every call.",
  "",
  "| host | cases | whole run |",
  "| --- | ---: | ---: |",
  ...hosts.map(({ title, rows, ms }) => `| ${capitals(title)} | ${rows.length} | ${(ms / 1000).toFixed(1)} s |`),
];
for (const [group, rows] of groups) {
  lines.push(
    "",
    `## ${group}`,
    "",
    `| case | ${hosts.map(({ title }) => capitals(title.split(" ")[0])).join(" | ")} |`,
    "| --- | --- | --- | --- | --- |",
  );
  for (const row of rows)
    lines.push(`| ${[row.name, ...hosts.map((host) => shown(host, row))].map(cell).join(" | ")} |`);
}
await writeFile(file, `${lines.join("\n")}\n`);
