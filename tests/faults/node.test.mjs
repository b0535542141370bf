// Every fault of the sandbox's table, met by the npm package in Node, and by plain fetch for the comparison.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { inspect } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { packageUrl } from "../driver/modules.mjs";
import { demoKey } from "../driver/sandbox.mjs";
import { plainSignIn } from "../../www/plain-fetch.js";
import { account, arrivals, faults, isEndedByTheLimit, nothingIsOpen, plainEndings, stageFaults } from "./stage.mjs";

const { isSignInError, signIn } = await import(`${packageUrl}index.js`);

const stage = stageFaults();

function throughClient(fault, signal) {
  const { sandbox, timeoutMs } = stage.meeting(fault);
  const options = { baseUrl: sandbox.url + fault.path, timeoutMs, signal };
  return signIn(demoKey, account.username, account.password, options).then(
    () => ({ code: "success" }),
    (error) => error,
  );
}

test("the table expects nothing but success and codes that the client has", async () => {
  const source = await readFile(new URL("../../src/error.rs", import.meta.url), "utf8");
  const codes = [...source.matchAll(/\(\s*"([a-z_]+)",\s*"[^"]+",\s*(?:true|false)\s*\)/g)].map(([, code]) => code);
  assert.ok(codes.includes("invalid_response"), "the table of codes is not where it was");
  const expected = new Set(faults.flatMap((fault) => fault.expected));
  assert.deepEqual(
    [...expected].filter((code) => code !== "success" && !codes.includes(code)),
    [],
  );
});

test("the comparison has each fault of the table, and no other", () => {
  assert.deepEqual(Object.keys(plainEndings).sort(), faults.map(({ name }) => name).sort());
});

for (const fault of faults) {
  test(`under ${fault.name} the client ends with ${fault.expected.join(", then ")}, and sends one request`, async () => {
    const { sandbox } = stage.meeting(fault);
    for (const expected of fault.expected) {
      const before = (await sandbox.requests()).length;
      const outcome = await throughClient(fault);
      assert.equal(outcome.code, expected);
      assert.equal(isSignInError(outcome), expected !== "success");
      assert.equal(await arrivals(sandbox, before), 1);
      assert.ok(!inspect(outcome, { showHidden: true, depth: Infinity }).includes(account.password));
      assert.ok(!JSON.stringify(outcome).includes(account.password));
    }
    await nothingIsOpen(sandbox);
  });

  test(`under ${fault.name} plain fetch ends with ${plainEndings[fault.name].join(", then ")}`, async () => {
    const { sandbox } = stage.meeting(fault);
    const { fetch } = globalThis;
    try {
      for (const ending of plainEndings[fault.name]) {
        const givenUp = new AbortController();
        globalThis.fetch = (url, init) => fetch(url, { ...init, signal: givenUp.signal });
        const plain = plainSignIn(sandbox.url + fault.path, demoKey, account.username, account.password).then(
          () => "success",
          ({ name }) => name,
        );
        // Where it would wait for ever, the client's time limit says when to look.
        const first = isEndedByTheLimit(fault) ? throughClient(fault).then(() => "waiting") : plain;
        assert.equal(await Promise.race([plain, first]), ending);
        givenUp.abort();
        await plain;
      }
    } finally {
      globalThis.fetch = fetch;
    }
    await nothingIsOpen(sandbox);
  });
}

test("100 sign-ins through faults leave nothing of themselves in memory, and no request open", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  const quick = faults.filter((fault) => !isEndedByTheLimit(fault) && fault.name !== "endless");
  const silence = faults.find(({ name }) => name === "silence");
  const kept = [];
  for (let turn = 0; turn < 100; turn++) {
    const controller = new AbortController();
    const isAborted = turn % 5 === 4;
    const call = throughClient(isAborted ? silence : quick[turn % quick.length], controller.signal);
    if (isAborted) setImmediate(() => controller.abort());
    const outcome = await call;
    if (isAborted) assert.equal(outcome.code, "aborted");
    kept.push(new WeakRef(controller.signal), new WeakRef(outcome));
  }
  const alive = () => kept.filter((reference) => reference.deref()).length;
  // A reference that was looked at lives until the turn ends, and the platform keeps its last few for a while.
  for (let round = 0; round < 50 && alive() > 10; round++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  assert.ok(alive() <= 10, `${alive()} of ${kept.length} objects are still alive`);
  await Promise.all([nothingIsOpen(stage.hurried), nothingIsOpen(stage.patient)]);
});
