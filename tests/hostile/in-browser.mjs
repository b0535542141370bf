// Runs the table in a page of a browser, and makes tests of what it says.
import { browsers } from "./browsers.mjs";
import { publish } from "./results.mjs";
import { startServer } from "./server.mjs";
import { startSite } from "./site.mjs";

export async function testInBrowser(name) {
  const [server, site] = await Promise.all([startServer(), startSite()]);
  try {
    const { lanes, elsewhere, closed } = server;
    const { outcome, console } = await runInBrowser(name, site.url, "/hostile/page.mjs", { server: { lanes, elsewhere, closed } });
    await publish(name, outcome, server, console);
  } finally {
    site.stop();
    server.stop();
  }
}

/** What the page's module `path` says of its run, and what the browser's console said. */
export async function runInBrowser(name, url, path, settings) {
  const browser = await browsers[name](url);
  try {
    const outcome = await browser.evaluate(
      "async (path, settings) => (await import(path)).runPage(settings)",
      path,
      { name, version: browser.version, only: process.env.ONLY?.split(","), ...settings },
    );
    return { outcome, console: browser.console };
  } finally {
    await browser.stop();
  }
}
