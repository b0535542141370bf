// The table in a page. What a browser's own console would show of an object, no page can ask.
import { run } from "./run.mjs";

export const page = {
  load: (query) => import(`/package/index.js${query}`),
  module: async (name) => (await fetch(`/module/${name}`)).arrayBuffer(),
  frame: () => document.querySelector("iframe").contentWindow,
  onUnhandled(complain) {
    addEventListener("unhandledrejection", ({ reason }) => complain(`${reason?.stack ?? reason}`));
    addEventListener("error", ({ message }) => complain(message));
  },
};

export const runPage = (settings) => run({ ...settings, ...page });
