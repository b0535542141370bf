// The browser of the tests: the system's Chromium, or the one named by CHROMIUM.
import puppeteer from "puppeteer-core";

/**
 * @param {string[]} [args] further switches
 * @param {import("puppeteer-core").LaunchOptions} [options] of puppeteer, further ones
 */
export function launchChromium(args = [], options = {}) {
  return puppeteer.launch({
    ...options,
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox", // containers forbid the namespaces that Chromium's own sandbox needs
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--disable-background-networking",
      "--no-first-run",
      ...args,
    ],
  });
}
