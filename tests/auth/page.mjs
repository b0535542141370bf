// The table of `createAuth` in a page.
import { page } from "../driver/page.mjs";
import { run } from "./run.mjs";

/**
 * A second page of the same origin, with the package in it. With WebKit's driver, a page can't open another, so there
 * it is a frame, which also has a realm, a module and a channel of its own.
 */
async function tab() {
  const loaded = new Promise((resolve) => addEventListener("message", resolve, { once: true }));
  const src = "/auth/tab.html";
  const opened = window.open(src);
  const frame = opened
    ? undefined
    : document.body.appendChild(Object.assign(document.createElement("iframe"), { src }));
  await loaded;
  const other = opened ?? frame.contentWindow;
  return {
    window: other,
    api: other.api,
    fetch: (...values) => other.fetch(...values),
    close: () => (opened ? opened.close() : frame.remove()),
  };
}

export const runPage = (settings) => run({ ...settings, ...page, tab, collect: globalThis.gc });
