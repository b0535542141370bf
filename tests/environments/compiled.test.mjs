// The package after another compiler: class fields that are assigned and not defined (TypeScript's
// `useDefineForClassFields: false`), and older languages. 1.1, 1.11 of docs/promises.md.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { build, transform } from "esbuild";
import { packageFolder } from "../driver/modules.mjs";
import { inFreshNode } from "./fresh.mjs";

const root = await mkdtemp(join(tmpdir(), "catalyze-signin-"));
after(() => rm(root, { recursive: true, force: true }));

/** A folder that holds the package's files. */
async function copied(name) {
  const folder = join(root, name);
  await cp(packageFolder, folder, { recursive: true });
  return folder;
}

/** What each compiler makes of the package in `folder`. */
const compilers = {
  esbuild: (folder, target, fields) =>
    build({
      entryPoints: ["index.js", "client.js", "module.js"].map((name) => join(folder, name)),
      outdir: folder,
      allowOverwrite: true,
      format: "esm",
      target: target.toLowerCase(),
      // It reads `useDefineForClassFields` for TypeScript alone.
      loader: { ".js": "ts" },
      tsconfigRaw: { compilerOptions: { useDefineForClassFields: fields === "defined" } },
    }),

  async typescript(folder, target, fields) {
    const manifest = createRequire(import.meta.url).resolve("typescript/package.json");
    const files = ["index.js", "client.js", "module.js"].map((name) => join(folder, name));
    const options = [
      ...[
        "--allowJs",
        "--checkJs",
        "false",
        "--skipLibCheck",
        "--noResolve",
        "--ignoreConfig",
        "--outDir",
        `${folder}-out`,
      ],
      ...["--target", target, "--module", "esnext", "--useDefineForClassFields", String(fields === "defined")],
    ];
    await promisify(execFile)(process.execPath, [join(dirname(manifest), "bin/tsc"), ...options, ...files]);
    await cp(`${folder}-out`, folder, { recursive: true });
  },
};

const usesAll = async ({ api, service }) => {
  let text = null;
  const store = { get: () => text, set: (value) => void (text = value), remove: () => void (text = null) };
  const session = await api.signIn("key", "name", "password", { fetch: service, store });
  const ends = [];
  session.addEventListener("ended", ({ detail }) => ends.push(detail));
  const status = (await session.fetch("/v2/users/u-1")).status;
  const result = await session.signOut();
  const error = await session.verify().catch((reason) => reason);
  return {
    names: [api.SignInError.name, session.constructor.name, error.name, String(error).split(":")[0]],
    keys: [Object.keys(session), Object.keys(error)],
    outcome: [
      session.user.usersId,
      status,
      result.confirmed,
      ends,
      api.isSignInError(error),
      error instanceof api.SignInError,
      error.code,
    ],
  };
};

const whole = {
  names: ["SignInError", "Session", "SignInError", "SignInError"],
  keys: [["user"], ["code", "retryable", "serverErrors"]],
  outcome: ["u-1", 200, true, ["signed_out"], true, true, "signed_out"],
};

test("what the compilers are asked for does assign fields", async () => {
  const { code } = await transform("class A { static name = 1 }", {
    loader: "ts",
    target: "es2021",
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
  });
  assert.match(code, /A\.name = 1/);
});

for (const compiler of Object.keys(compilers)) {
  for (const fields of ["assigned", "defined"]) {
    for (const target of ["ES2022", "ES2021", "ES2020", "ES2017", "ES2015"]) {
      test(`the package can be imported and used when ${compiler} has compiled it to ${target} with fields that are ${fields}`, async () => {
        const folder = await copied(`${compiler}-${target}-${fields}`);
        await compilers[compiler](folder, target, fields);
        assert.deepEqual(await inFreshNode(usesAll, { folder: `${pathToFileURL(folder).href}/` }), whole);
      });
    }
  }
}
