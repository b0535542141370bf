// Node as a host of the tables.
import { inspect } from "node:util";
import { moduleNamed, packageUrl } from "./modules.mjs";

export const node = {
  name: "node",
  version: process.versions.node,
  packageUrl,
  load: (query) => import(`${packageUrl}index.js${query}`),
  module: moduleNamed,
  onUnhandled(complain) {
    for (const kind of ["unhandledRejection", "uncaughtException"])
      process.on(kind, (reason) => complain(inspect(reason)));
  },
  inspect: (value) => [
    inspect(value),
    inspect(value, { showHidden: true, depth: Infinity }),
    inspect(value, { getters: true }),
  ],
  only: process.env.ONLY?.split(","),
};
