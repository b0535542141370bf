// A visit to the demo page in a fresh browser profile, and what each visit must leave behind: no complaint.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { launchChromium } from "../driver/chromium.mjs";
import { sampleUser, startSandbox } from "../driver/sandbox.mjs";

export const sample = { username: "sample", password: "correct horse", user: sampleUser };

/** Starts a sandbox and a browser before the first test of a file, and ends both after the last. */
export function stageDemo(options) {
  const demo = {
    visit: (walk, conditions) => visit(demo.browser, demo.sandbox.url, walk, conditions),
  };
  before(async () => {
    demo.sandbox = await startSandbox({ users: [sample], ...options });
    demo.browser = await launchChromium();
  });
  after(async () => {
    await demo.browser?.close();
    await demo.sandbox?.stop();
  });
  return demo;
}

/**
 * Opens the page, waits until it is ready, walks it, and asserts that neither the page nor the browser complained.
 *
 * @param {object} [conditions]
 * @param {"light" | "dark"} [conditions.scheme]
 * @param {object} [conditions.viewport]
 * @param {(request: object) => boolean | void} [conditions.onRequest] true: the request is dealt with
 * @param {RegExp} [conditions.expected] complaints that belong to the walk
 * @param {boolean} [conditions.ready] false: the page is not expected to become usable
 * @param {string} [conditions.path] another page than the sign-in
 * @param {() => void} [conditions.before] runs in each document, before the page's own script
 */
export async function visit(
  browser,
  url,
  walk,
  { scheme, viewport, onRequest, expected, ready = true, path = "/", before } = {},
) {
  const context = await browser.createBrowserContext();
  const complaints = [];
  /** Opens the page in a tab of this visit: tabs share what the browser keeps. */
  async function openTab() {
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    page.on("console", (message) => {
      if (!isNoticeOfFailedRequest(message) && !isNoticeOfFocus(message)) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.evaluateOnNewDocument(() => {
      addEventListener("securitypolicyviolation", (event) => console.error(`CSP: ${event.violatedDirective}`));
    });
    if (before) await page.evaluateOnNewDocument(before);
    if (viewport) await page.setViewport(viewport);
    if (scheme) await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    if (onRequest) {
      await page.setRequestInterception(true);
      page.on("request", (request) => onRequest(request) || request.continue());
    }
    await page.goto(new URL(path, url).href);
    if (ready) await page.waitForSelector("button[type=submit]:enabled");
    return page;
  }
  try {
    await walk(await openTab(), openTab);
    assert.deepEqual(
      complaints.filter((text) => !expected?.test(text)),
      [],
    );
  } finally {
    await context.close();
  }
}

/** Chromium itself notes each failed answer of the API on the console; no page can stop it. */
function isNoticeOfFailedRequest(message) {
  return message.text().startsWith("Failed to load resource:") && isApi(message.location().url);
}

/** Whether a reload of `#account` gets this note depends on what comes first: the session, or the first frame. */
const isNoticeOfFocus = (message) => message.text().startsWith("Autofocus processing was blocked");

const pathOf = (url = "") => new URL(url, "http://localhost").pathname;

export const isApi = (url) => /^(\/fault\/[^/]+)?\/v2\//.test(pathOf(url));
export const isSignIn = (url) => pathOf(url) === "/v2/auth/signin";
export const isVerify = (url) => pathOf(url) === "/v2/auth/verify";
export const isRecord = (url) => pathOf(url).startsWith("/v2/users/");

export async function fill(page, username, password) {
  await page.type("#username", username);
  await page.type("#current-password", password);
}

export async function signInAs(page, { username, password }) {
  await fill(page, username, password);
  await page.click("#submit");
  await page.waitForSelector("#account:not([hidden]), #error > code");
  assert.equal(await page.$eval("#error", (alert) => alert.textContent), "");
}

/** Waits for the alert to speak; resolves with what it says. */
export async function alertOf(page) {
  await page.waitForSelector("#error > code");
  return page.$eval("#error", (alert) => ({
    sentences: [...alert.querySelectorAll("p")].map((sentence) => sentence.textContent),
    code: alert.querySelector("code").textContent,
  }));
}

export const focused = (page) => page.evaluate(() => document.activeElement.id);

/** Holds back requests, of sign-in unless told otherwise, until they are let go. */
export function heldRequests(which = isSignIn) {
  const held = [];
  return {
    onRequest: (request) => which(request.url()) && held.push(request),
    letGo: () => Promise.all(held.map((request) => request.continue())),
    get count() {
      return held.length;
    },
  };
}
