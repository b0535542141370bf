// Measures the clients side by side: node bench.mjs [--only <part>]… [--rounds <n>] [--sizes <json>] [--readme <file>].
//
// `sizes` is what `cargo xtask bench` measured, and `readme` the file whose tables this writes.
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { launchChromium } from "../tests/driver/chromium.mjs";
import { measureCalls } from "./calls.mjs";
import { clients, names } from "./clients.mjs";
import { measureInit, measureMemory } from "./node.mjs";
import { measureStarts, throttle } from "./starts.mjs";

const { only, rounds, sizes, readme } = parseArgs({
  options: {
    only: { type: "string", multiple: true, default: ["starts", "calls", "init", "memory"] },
    rounds: { type: "string", default: "15" },
    sizes: { type: "string" },
    readme: { type: "string" },
  },
}).values;

const place = /(?<=<!-- bench -->\n)[^]*(?=<!-- \/bench -->)/;
if (readme && !place.test(await readFile(readme, "utf8"))) {
  throw new Error(`${readme} has no place for the tables, from <!-- bench --> to <!-- /bench -->`);
}

const measured = { sizes: sizes && JSON.parse(sizes) };
const browser = await launchChromium();
try {
  const parts = {
    calls: () => measureCalls(browser),
    init: measureInit,
    memory: measureMemory,
    starts: () => measureStarts(browser, Number(rounds)),
  };
  for (const [part, measure] of Object.entries(parts)) {
    if (only.includes(part)) measured[part] = await measure();
  }
  const text = [...comparison(measured), ...alone(measured), ...conditions(measured, await browser.version())].join(
    "\n",
  );
  console.log(`\n${text}`);
  if (readme) {
    // Read anew: it may have been edited in the minutes that this takes.
    const page = await readFile(readme, "utf8");
    await writeFile(
      readme,
      page.replace(place, () => `${text}\n`),
    );
  }
} finally {
  await browser.close();
}

/** The table of all clients, and below it who is ahead of this package in what. */
function comparison({ sizes, starts, calls }) {
  const bytes = (encoding) => ({ value: (name) => sizes[name][encoding], show: (value) => number(value) });
  const ms = (figure, digits) => ({
    value: (name) => starts[name][figure],
    show: (value) => `${number(value, digits)} ms`,
  });
  const columns = [
    sizes && { title: "bytes, `gzip -9`", ...bytes("gzip") },
    sizes && { title: "bytes, brotli 11", ...bytes("brotli") },
    starts && { title: "cold start", ...ms("unthrottled", 0), ratio: true },
    starts && { title: "its main thread", ...ms("cpu", 1) },
    starts && { title: "cold start, throttled", ...ms("throttled", 0), ratio: true },
    calls && {
      title: "a later call",
      value: (name) => calls[name].over,
      show: (value, name) => (name === "fetch" ? `${number(calls.fetch.call)} µs` : `${sign(value)} µs`),
    },
  ].filter(Boolean);
  if (columns.length === 0) return [];

  const cells = (name) =>
    columns.flatMap(({ value, show, ratio }) => {
      const cell = show(value(name), name);
      return ratio ? [cell, (value(name) / value("fetch")).toFixed(2)] : [cell];
    });
  const titles = columns.flatMap(({ title, ratio }) => (ratio ? [title, "ratio"] : [title]));
  const rows = names.map((name) => row([clients[name].row, ...cells(name)]));
  return [row(["", ...titles]), row(["---", ...titles.map(() => "---:")]), ...rows, "", ...ahead(columns), ""];
}

/** By the figures as they are shown: whoever has the same is not ahead. */
function ahead(columns) {
  const digits = (text) => Number(text.replace("−", "-").replace(/[^\d.-]/g, ""));
  const lines = columns.map(({ title, value, show }) => {
    const figure = (name) => digits(show(value(name), name));
    const better = names.filter((name) => name !== "fetch" && figure(name) < figure("ours"));
    return `- ${title}: ${better.map((name) => clients[name].short).join(", ") || "nobody"}`;
  });
  return ["Ahead of this package are, beside plain `fetch`, which has no deadline and checks nothing:", "", ...lines];
}

/** What only this package has: a module to load, and a memory of its own. */
function alone({ init, memory }) {
  const lines = [];
  if (init) {
    lines.push(row(["Node", "`import`", "`init()`"]), row(["---", "---:", "---:"]));
    for (const { version, imported, init: ms } of init)
      lines.push(row([version, `${number(imported, 1)} ms`, `${number(ms, 1)} ms`]));
    lines.push("");
  }
  if (memory) {
    const { start, used } = memory;
    lines.push(
      `An instance has ${number(start)} KiB of memory after \`init()\`, and ${number(used)} after a sign-in.`,
      "",
    );
  }
  return lines;
}

/** How it was measured. */
function conditions({ starts, calls }, version) {
  const sentences = [];
  if (starts || calls) sentences.push(`Chromium ${version.split("/")[1]}.`);
  if (starts) {
    const { preset, download, upload, latency, slower } = throttle;
    sentences.push(
      `Cold starts: medians of ${rounds}, and their ratios to plain \`fetch\`.`,
      "All keep the token in memory. Main thread: the time that it computed in the unthrottled ones.",
      `Throttled: Chromium’s preset “${preset}” (${number(download)} bytes/s down, ${number(upload)} up,`,
      `${latency} ms for each request) and a processor ${slower} times slower.`,
    );
  }
  if (calls)
    sentences.push("A later call: its time with the answer made in the page, for all others beyond plain `fetch`.");
  return sentences;
}

function row(cells) {
  return `| ${cells.join(" | ")} |`.replace("|  |", "| |");
}

function number(value, digits = 0) {
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function sign(value) {
  return `${value < 0 ? "−" : "+"}${number(Math.abs(value))}`;
}
