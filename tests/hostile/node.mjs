// Node as a host of the tables.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { moduleNamed, packageFolder } from "./modules.mjs";

export const node = {
  name: "node",
  version: process.versions.node,
  load: (query) => import(pathToFileURL(join(packageFolder, "index.js")) + query),
  module: moduleNamed,
  onUnhandled(complain) {
    for (const kind of ["unhandledRejection", "uncaughtException"]) process.on(kind, (reason) => complain(inspect(reason)));
  },
  inspect: (value) => [inspect(value), inspect(value, { showHidden: true, depth: Infinity }), inspect(value, { getters: true })],
  only: process.env.ONLY?.split(","),
};
