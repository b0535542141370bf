// The check of requests notices those that a client leaves open, and does not change what the client sees.
import assert from "node:assert/strict";
import { test } from "node:test";
import { followRequest } from "./requests.mjs";

const pending = () => new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(3)) });
const first = (stream) => stream.getReader().read();

/** Reads a stream to its end. */
async function readAll(stream) {
  const reader = stream.getReader();
  while (!(await reader.read()).done);
}

for (const [how, make, use] of [
  ["is not touched", () => new Response("body"), () => {}],
  ["is read in part", () => new Response(pending()), ({ body }) => first(body)],
  ["is read in part by an iterator", () => new Response(pending()), ({ body }) => body[Symbol.asyncIterator]().next()],
  ["is a look-alike whose text() is not called", () => ({ status: 200, text: async () => "" }), () => {}],
  [
    "is a look-alike whose text() fails",
    () => ({ text: () => Promise.reject(new Error()) }),
    ({ text }) => text().catch(() => {}),
  ],
  [
    "has a body that can't be had",
    () => ({
      get body() {
        throw new Error();
      },
    }),
    () => {},
  ],
]) {
  test(`a request is open while its answer ${how}, until it is aborted`, async () => {
    const controller = new AbortController();
    const request = followRequest(controller.signal);
    await use(request.follow(make()));
    assert.equal(request.isOpen(), true);
    controller.abort();
    assert.equal(request.isOpen(), false);
  });
}

for (const [how, make, use] of [
  ["is read to its end", () => new Response("body"), ({ body }) => readAll(body)],
  [
    "is read to its end by an iterator",
    () => new Response("body"),
    async ({ body }) => {
      for await (const _ of body);
    },
  ],
  ["is read by text()", () => new Response("body"), (answer) => answer.text()],
  ["is cancelled", () => new Response(pending()), ({ body }) => body.cancel()],
  ["is cancelled by its reader", () => new Response(pending()), ({ body }) => body.getReader().cancel()],
  [
    "fails",
    () => new Response(new ReadableStream({ start: (c) => c.error(new Error()) })),
    ({ body }) => first(body).catch(() => {}),
  ],
  ["has no body", () => new Response(null, { status: 204 }), () => {}],
  ["is no response", () => "no response", () => {}],
  ["is a look-alike that is read", () => ({ status: 200, text: async () => "" }), (answer) => answer.text()],
]) {
  test(`a request is over once its answer ${how}`, async () => {
    const request = followRequest(new AbortController().signal);
    await use(request.follow(make()));
    assert.equal(request.isOpen(), false);
  });
}

test("a request is open while there is no answer, and over when there will be none", async () => {
  const request = followRequest(undefined);
  let fail;
  const answer = request.follow(new Promise((_, reject) => (fail = reject)));
  assert.equal(request.isOpen(), true);
  fail(new Error("no network"));
  await assert.rejects(answer, /no network/);
  assert.equal(request.isOpen(), false);
});

test("a Response stays the Response that it was, alone or in whatever thenable", async () => {
  for (const wrap of [(value) => value, async (value) => value, (value) => ({ then: (resolve) => resolve(value) })]) {
    const response = new Response("body");
    const given = await followRequest().follow(wrap(response));
    assert.equal(given, response);
    assert.ok(given instanceof Response && given.body instanceof ReadableStream);
    assert.equal(await given.text(), "body");
  }
});

test("that the client reads the body is reported once, when it begins to", async () => {
  let reports = 0;
  const { body } = followRequest(undefined, () => reports++).follow(new Response("body"));
  assert.equal(reports, 0);
  await readAll(body);
  assert.equal(reports, 1);
});
