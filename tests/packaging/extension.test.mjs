// The packed package in the service worker of an extension (Manifest V3), loaded into Chromium.
import assert from "node:assert/strict";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { launchChromium } from "../driver/chromium.mjs";
import { run } from "./project.mjs";
import { account, apiKey, outcomeOfWalk, setStage } from "./stage.mjs";

const stage = setStage();

test("the service worker of an extension signs in", async () => {
  const project = await stage.set(new URL("extension/", import.meta.url), new URL("common", import.meta.url));
  const extension = join(project, "extension");
  await run("esbuild", ["background.js", "--bundle", "--format=esm", `--outdir=${extension}`], project);
  await cp(join(project, "manifest.json"), join(extension, "manifest.json"));
  const browser = await launchChromium([], { pipe: true, enableExtensions: [extension] });
  try {
    const target = await browser.waitForTarget((target) => target.type() === "service_worker");
    const worker = await target.worker();
    const query = new URLSearchParams({ apiKey, ...account, baseUrl: stage.sandbox.url }).toString();
    assert.equal(await worker.evaluate((query) => globalThis.walk(query), query), outcomeOfWalk);
  } finally {
    await browser.close();
  }
});
