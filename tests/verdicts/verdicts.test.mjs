// The built module's verdict on each answer in the fuzz corpus is the core's on the host.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { signIn } from "../../pkg/index.js";

const corpus = new URL("../../fuzz/corpus/answers/", import.meta.url);

// What both accept, and a Rust application can't hold: its values are those of serde_json (3.5 of docs/promises.md).
const differences = {
  "number-infinite": "serde_json has no Infinity, which is what 1e999 is to JSON.parse",
  "lone-surrogate": "serde_json refuses an escaped lone surrogate, which no Rust text can hold",
  deeper: "serde_json stops at 128 levels",
};

async function verdict(input) {
  const [first, second] = [input.indexOf(10), input.indexOf(10, input.indexOf(10) + 1)];
  const header = input.subarray(first + 1, second).toString();
  const answer = {
    status: Number(input.subarray(0, first)),
    headers: new Headers({ Date: "Tue, 14 Nov 2023 22:13:20 GMT", ...(header && { "Retry-After": header }) }),
    arrayBuffer: async () => Uint8Array.from(input.subarray(second + 1)).buffer,
  };
  try {
    const { user, token } = await signIn("Q7canary7Q", "bob", "Q7canary7Q", { fetch: async () => answer });
    return { user, token };
  } catch (error) {
    return { message: error.message, ...error };
  }
}

test("the module and the host agree on every answer, but for what serde_json can not hold", async () => {
  const expected = JSON.parse(await readFile(new URL("verdicts.json", import.meta.url), "utf8"));
  const names = await readdir(corpus);
  assert.deepEqual(names.sort(), Object.keys(expected).sort());
  const differing = [];
  for (const name of names) {
    const is = await verdict(await readFile(new URL(name, corpus)));
    if (name in differences) {
      differing.push(name);
      assert.notDeepEqual(is, expected[name], `${name} differs no more`);
      assert.equal(expected[name].expected, "JSON", name);
    } else assert.deepEqual(is, expected[name], name);
  }
  assert.deepEqual(differing.sort(), Object.keys(differences).sort());
});
