// The packaging matrix: the packed package in tiny projects, one folder each, as their users would have them.
//
// CONTRIBUTING.md says how to add one. `PROJECT=vite` runs one alone.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { copyFile, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { remove, run, start } from "./project.mjs";
import { serve } from "./site.mjs";
import { account, apiKey, outcomeOfWalk, setStage } from "./stage.mjs";

let query;
const stage = setStage(() => {
  const { username, password } = account;
  query = new URLSearchParams({ apiKey, username, password, baseUrl: stage.sandbox.url }).toString();
});

/** How long one project may take, its installation included. */
const timeout = 240_000;
const only = process.env.PROJECT?.split(",");

describe("from the packed tarball", { concurrency: 2 }, async () => {
  for (const name of await projects()) {
    if (only && !only.includes(name)) continue;
    const here = new URL(`${name}/`, import.meta.url);
    const rows = JSON.parse(await readFile(new URL("host.json", here), "utf8"));
    describe(name, { concurrency: 1 }, () => {
      let project;
      before(async () => (project = await stage.set(here, new URL("common", import.meta.url))), { timeout });
      after(() => project && remove(project));
      for (const [sentence, row] of Object.entries(rows)) {
        test(sentence, { timeout }, async () => {
          const text = await outcome(row, project);
          assert.ok(text.split("\n").includes(outcomeOfWalk), text);
        });
      }
    });
  }
});

/** The names of the projects: every folder here that says how it is used. */
async function projects() {
  const names = await readdir(new URL(".", import.meta.url), { recursive: true });
  return names
    .filter((name) => /^[^/]+\/host\.json$/.test(name))
    .map((name) => name.split("/")[0])
    .sort();
}

/** What the project prints or shows after all that `row` asks for. */
async function outcome({ node, build, run: last, serve: site, start: server, open, get }, project) {
  // What runs on a newer Node than the active one names it.
  const environment = { SIGN_IN: query, ...(node && { PATH: `${bin(node)}:${process.env.PATH}` }) };
  const shell = (command) => run("sh", ["-c", command], project, environment);
  if (build) await shell(build);
  if (last) return (await shell(last)).stdout;
  // A bundler that takes scripts alone makes no page.
  const page = site && join(project, site, "index.html");
  if (site && !existsSync(page)) await copyFile(join(project, "index.html"), page);
  if (site) assert.equal(await copies(join(project, site), project), 1, "the module is in the site once");
  const host = await (server ? start(server, project, environment) : serve(join(project, site)));
  try {
    return get
      ? await (await fetch(`${host.url}${get}?${query}`)).text()
      : await read(`${host.url}${open ?? "/"}?${query}`);
  } finally {
    await host.stop();
  }
}

/** The folder with another version of Node: `cargo xtask test` has npm bring it. */
const bin = (node) => fileURLToPath(new URL(`../driver/node_modules/node${node}/bin`, import.meta.url));

/** How often the scripts of a site hold the module. */
async function copies(site, project) {
  const module = await readFile(join(project, "node_modules/catalyze-signin/module.js"), "utf8");
  const [, text] = /"(.{80})/.exec(module);
  const names = (await readdir(site, { recursive: true })).filter((name) => /\.[cm]?js$/.test(name));
  const scripts = await Promise.all(names.map((name) => readFile(join(site, name), "utf8")));
  return scripts.join("").split(text).length - 1;
}

/** What a page shows in the end, or what went wrong in it. */
async function read(url) {
  const context = await stage.browser.createBrowserContext();
  const complaints = [];
  try {
    const page = await context.newPage();
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => complaints.push(message.text()));
    page.on("requestfailed", (request) => complaints.push(`${request.url()}: ${request.failure().errorText}`));
    await page.goto(url);
    const text = () => document.body.innerText.includes(";") && document.body.innerText.trim();
    const shown = await page.waitForFunction(text, { timeout: 30_000 });
    return await shown.jsonValue();
  } catch (error) {
    throw new Error([error.message, ...complaints].join("\n"), { cause: error });
  } finally {
    await context.close();
  }
}
