// @ts-check
// Reads the body of whatever `fetch` resolves with: at most 1 MiB, as bytes.
import { attempt } from "./errors.js";
import { encode } from "./messages.js";
import { isFunction, tagOf } from "./options.js";

/**
 * How reading a body ended, in the engine's words, and the bytes of a complete body.
 *
 * @typedef {{ reading: "complete" | "too_large" | "cut_off" | "unusable", bytes: Uint8Array }} Body
 */

const LONGEST = 2 ** 20;

export const NO_BODY = new Uint8Array();

/**
 * The bytes of a chunk of any type and realm: a copy, since a stream may reuse its buffer. A string becomes its UTF-8.
 * `undefined` for a chunk of any other type.
 *
 * @param {any} chunk
 * @returns {Uint8Array | undefined}
 */
const bytesOf = (chunk) => {
  if (typeof chunk === "string") return encode(chunk);
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength).slice();
  return tagOf(chunk) === "ArrayBuffer" ? new Uint8Array(chunk) : undefined;
};

/**
 * How to read the chunks of a body, and how to cancel it: by a stream's reader, by the iterator of another library's
 * body, or by a method that returns the whole body as one chunk. `undefined` for a body that can't be read.
 *
 * @param {any} response
 * @returns {{ next: () => any, cancel?: () => any } | undefined}
 */
const readerOf = (response) => {
  const { body } = response;
  if (response.bodyUsed || body?.locked) return undefined;
  if (body?.getReader) {
    const reader = body.getReader();
    return { next: () => reader.read(), cancel: () => reader.cancel() };
  }
  const iterator = body?.[Symbol.asyncIterator]?.();
  if (iterator) {
    return { next: () => iterator.next(), cancel: () => (body.destroy ? body.destroy() : iterator.return()) };
  }
  let method = ["arrayBuffer", "text", "json"].find((name) => isFunction(response[name]));
  if (!method) return undefined;
  return {
    next: async () => {
      if (!method) return { done: true };
      const value = await response[method]();
      const chunk = { value: method === "json" ? attempt(() => JSON.stringify(value)) : value };
      method = undefined;
      return chunk;
    },
  };
};

/**
 * Cancels an unread body. The body of another library may be a stream of Node's, which has `destroy`.
 *
 * @param {any} response
 */
export const dropBody = ({ body }) => (body.cancel ? body.cancel() : body.destroy());

/** @param {Uint8Array[]} chunks */
const concatenate = (chunks) => {
  if (chunks.length === 1) return chunks[0];
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, end);
    end += chunk.length;
  }
  return bytes;
};

/**
 * Reads the body of `response`, and sets the `cancel` of its flight. Stops when no call waits any more.
 *
 * @param {any} response
 * @param {import("./exchange.js").Flight} flight
 * @returns {Promise<Body>}
 */
export const readBody = async (response, flight) => {
  // The verdict if anything below throws or rejects.
  /** @type {Body["reading"]} */
  let reading = "cut_off";
  const chunks = [];
  try {
    const reader = attempt(() => readerOf(response));
    if (!reader) return { reading: "unusable", bytes: NO_BODY };
    if (reader.cancel) flight.cancel = reader.cancel;
    for (let room = LONGEST; ;) {
      const { done, value } = await reader.next();
      if (flight.over) break;
      if (done) return { reading: "complete", bytes: concatenate(chunks) };
      const chunk = bytesOf(value);
      if (!chunk) return { reading: "unusable", bytes: NO_BODY };
      // An empty chunk counts as one byte: a stream could yield empty chunks for ever.
      if ((room -= chunk.length || 1) < 0) return { reading: "too_large", bytes: NO_BODY };
      chunks.push(chunk);
      // A stream whose chunks are always ready would keep the timers from firing.
      for (const call of flight.calls) call.expireIfDue();
    }
  } catch (error) {
    // `json()` and the platform's decoders throw this for a body that has arrived whole.
    if (error instanceof SyntaxError) reading = "unusable";
  }
  return { reading, bytes: NO_BODY };
};
