// Visits to the page of a recipe: its scripts bundled, its requests to the service led to the sandbox.
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { serve } from "../packaging/site.mjs";
import { service, withPackage, write } from "./page.mjs";

/** Where nobody listens, and where no browser asks. */
const NOWHERE = "http://127.0.0.1:1";

/** How long a page is waited for. */
const PATIENCE_MS = 60_000;

/**
 * Opens the site of a recipe in a browser profile of its own.
 *
 * @param {import("puppeteer-core").Browser} browser
 * @param {string} sandbox its URL
 * @param {Record<string, string>} files of the recipe; without an `index.html`, the page is empty
 * @param {(site: Awaited<ReturnType<typeof open>>) => Promise<void>} walk
 * @param {object} [options]
 * @param {string} [options.project] the folder of a project that has been installed already
 * @param {Record<string, string>} [options.headers] of the site's answers
 */
export async function visit(browser, sandbox, files, walk, { project, headers = {} } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "catalyze-signin-recipes-"));
  try {
    await (project ? write(project, files) : withPackage(folder, files));
    await bundle(project ?? folder, Object.keys(files), join(folder, "site"));
    const host = await serve(join(folder, "site"), () => headers);
    const context = await browser.createBrowserContext();
    try {
      const site = await open(context, host.url, sandbox);
      await walk(site);
      if (site.complaints.length) throw new Error(site.complaints.join("\n"));
    } finally {
      await context.close();
      await host.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function bundle(folder, names, site) {
  await build({
    entryPoints: names.filter((name) => name.endsWith(".js")).map((name) => join(folder, name)),
    outdir: site,
    // A module that two scripts import is one module.
    ...{ bundle: true, splitting: true, format: "esm", target: "es2022", logLevel: "error" },
    define: { "process.env.NODE_ENV": '"development"' },
  });
  if (names.includes("index.html")) await copyFile(join(folder, "index.html"), join(site, "index.html"));
  else await write(site, { "index.html": '<!doctype html><meta charset="utf-8" /><title>A recipe</title>' });
}

async function open(context, url, sandbox) {
  /** What the visit sends to the service, as it goes on: `GET /v2/auth/verify`. */
  const asked = [];
  const complaints = [];
  let reach;
  let until;
  const site = {
    url,
    asked,
    complaints,
    /** Whether the service can be reached. */
    online: true,
    /** Holds each request from now on: tells when the first has been `reached`, and lets all of them go at `release()`. */
    hold() {
      const held = {};
      held.reached = new Promise((resolve, reject) => {
        reach = resolve;
        setTimeout(() => reject(new Error("Nothing is asked of the service.")), PATIENCE_MS).unref();
      });
      until = new Promise((resolve) => (held.release = resolve));
      return held;
    },
    async tab(path = "/") {
      const page = await context.newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("console", (message) => {
        if (!["error", "warn"].includes(message.type())) return;
        // Chromium itself notes each answer that is an error, and each policy that is broken.
        if (!/^Failed to load resource|Content Security Policy/.test(message.text())) complaints.push(message.text());
      });
      await page.exposeFunction("lead", async (method, address) => {
        asked.push(`${method} ${new URL(address).pathname}`);
        reach?.();
        await until;
        return address.replace(service, site.online ? sandbox : NOWHERE);
      });
      await page.evaluateOnNewDocument((service) => {
        const { fetch, lead } = globalThis;
        globalThis.fetch = async (input, init) => {
          const address = input.url ?? String(input);
          if (!address.startsWith(service)) return fetch(input, init);
          const led = await lead(init?.method ?? input.method ?? "GET", address);
          return fetch(input.url ? new Request(led, input) : led, init);
        };
      }, service);
      await page.goto(`${url}${path}`);
      return page;
    },
  };
  return site;
}

/**
 * What `look` finds in the page, as soon as it finds something. By a watch of our own: Puppeteer's looks at each frame,
 * and a tab in the background has none.
 */
export const seen = (page, look) =>
  page.evaluate(`new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("The page shows " + document.body.innerText)), ${PATIENCE_MS});
    const observer = new MutationObserver(() => look());
    const look = () => {
      const found = (${look})();
      if (!found) return;
      observer.disconnect();
      resolve(found);
    };
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    look();
  })`);

/** Fills in the form of a page and sends it. */
export const submit = (page, username, password) =>
  page.evaluate(
    (username, password) => {
      document.querySelector("[name=username]").value = username;
      document.querySelector("[name=password]").value = password;
      document.querySelector("form").requestSubmit();
    },
    username,
    password,
  );
