// A page as a host of the tables. It has no `inspect`, since a page can't see what the browser's console shows.
let copies = 0;

export const page = {
  packageUrl: new URL("/package/", location).href,
  load: (query) => import(`/package/index.js${query}`),
  // The site ignores the number.
  loadCopy: () => import(`/package/copy-${++copies}/index.js`),
  module: async (name) => (await fetch(`/module/${name}`)).arrayBuffer(),
  frame: () => document.querySelector("iframe").contentWindow,
  onUnhandled(complain) {
    addEventListener("unhandledrejection", ({ reason }) => complain(`${reason?.stack ?? reason}`));
    addEventListener("error", ({ message }) => complain(message));
  },
};
