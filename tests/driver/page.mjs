// A page as a host of the tables. What a browser's own console would show of an object, no page can ask.
export const page = {
  packageUrl: new URL("/package/", location).href,
  load: (query) => import(`/package/index.js${query}`),
  module: async (name) => (await fetch(`/module/${name}`)).arrayBuffer(),
  frame: () => document.querySelector("iframe").contentWindow,
  onUnhandled(complain) {
    addEventListener("unhandledrejection", ({ reason }) => complain(`${reason?.stack ?? reason}`));
    addEventListener("error", ({ message }) => complain(message));
  },
};
