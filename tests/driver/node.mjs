// Node as a host of the tables.
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { moduleNamed, packageFolder, packageUrl } from "./modules.mjs";

/** A copy of the package, of which no module has been loaded yet. */
async function loadCopy() {
  const folder = await mkdtemp(join(tmpdir(), "catalyze-signin-"));
  try {
    await cp(packageFolder, folder, { recursive: true });
    return await import(pathToFileURL(join(folder, "index.js")));
  } finally {
    await rm(folder, { recursive: true });
  }
}

export const node = {
  name: "node",
  version: process.versions.node,
  packageUrl,
  load: (query) => import(`${packageUrl}index.js${query}`),
  loadCopy,
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
