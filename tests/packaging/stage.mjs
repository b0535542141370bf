// What every test file here needs: the packed package, the sandbox with an account, a browser, a folder to work in.
import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { launchChromium } from "../driver/chromium.mjs";
import { demoKey, sampleUser, startSandbox } from "../driver/sandbox.mjs";
import { install, pack, remove, temporary } from "./project.mjs";

export const account = { username: "sample", password: "correct horse", user: sampleUser };
export const apiKey = demoKey;

/** What `walk` of common/walk.js says where all is as it should be. */
export const outcomeOfWalk = "primary@email.com, 36 letters; SignInError invalid_credentials; SignInError aborted";

/**
 * Sets the stage before the first test of a file, and clears it after the last.
 *
 * @param {() => Promise<void> | void} [then] what else to do before the first test: Node runs two hooks at once
 * @param {Parameters<typeof startSandbox>[0]} [options] further ones of the sandbox
 */
export function setStage(then, options) {
  const stage = {};
  before(async () => {
    stage.folder = await temporary();
    [{ tarball: stage.tarball }, stage.sandbox, stage.browser] = await Promise.all([
      pack(stage.folder),
      startSandbox({ users: [account], ...options }),
      launchChromium(),
    ]);
    await then?.();
  });
  after(async () => {
    await stage.browser?.close();
    await stage.sandbox?.stop();
    await remove(stage.folder);
  });

  /** Copies the project at `address` into a folder of its own, and what `more` names, and installs all it needs. */
  stage.set = async (address, ...more) => {
    const source = fileURLToPath(address);
    const folder = join(stage.folder, source.split("/").filter(Boolean).at(-1));
    await mkdir(folder);
    for (const each of [...more.map((more) => fileURLToPath(more)), source]) {
      await cp(each, folder, { recursive: true, filter: (path) => !/node_modules|\/dist$/.test(path) });
    }
    await install(folder, stage.tarball);
    return folder;
  };
  return stage;
}
