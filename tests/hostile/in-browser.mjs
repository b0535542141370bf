// Runs the table in a page of a browser, and makes tests of what it says.
import { browsers } from "./browsers.mjs";
import { publish } from "./results.mjs";
import { startServer } from "./server.mjs";
import { startSite } from "./site.mjs";

export async function testInBrowser(name) {
  const [server, site] = await Promise.all([startServer(), startSite()]);
  const browser = await browsers[name](site.url);
  try {
    const { lanes, elsewhere, closed } = server;
    const outcome = await browser.evaluate(
      "async (settings) => (await import('/hostile/page.mjs')).runPage(settings)",
      { name, version: browser.version, server: { lanes, elsewhere, closed }, only: process.env.ONLY?.split(",") },
    );
    await publish(name, outcome, server, browser.console);
  } finally {
    await browser.stop();
    site.stop();
    server.stop();
  }
}
