// Runs a table in a page of a browser.
import { browsers } from "./browsers.mjs";

/** What `runPage` of the module at `path` returns in a page at `url`, and what the browser's console showed. */
export async function runInBrowser(name, url, path, settings) {
  const browser = await browsers[name](url);
  try {
    const outcome = await browser.evaluate("async (path, settings) => (await import(path)).runPage(settings)", path, {
      name,
      version: browser.version,
      only: process.env.ONLY?.split(","),
      ...settings,
    });
    return { outcome, consoleMessages: browser.consoleMessages };
  } finally {
    await browser.stop();
  }
}
