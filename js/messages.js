// @ts-check
// The messages between JavaScript and the engine: flat JSON objects in UTF-8 (src/engine/message.rs).

/** @type {TextEncoder} */
let encoder;
/** @type {TextDecoder} */
let decoder;

/**
 * A text in UTF-8. Jest's jsdom has no `TextEncoder`.
 *
 * @param {string} text
 * @returns {Uint8Array}
 */
export const encode = (text) =>
  typeof TextEncoder === "function"
    ? (encoder ??= new TextEncoder()).encode(text)
    : Uint8Array.from(
        encodeURIComponent(text).replace(/%(..)/g, (_, hex) => String.fromCharCode(Number(`0x${hex}`))),
        (character) => character.charCodeAt(0),
      );

/**
 * The text of valid UTF-8, without a byte order mark. Jest's jsdom has no `TextDecoder`.
 *
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export const decode = (bytes) =>
  typeof TextDecoder === "function"
    ? (decoder ??= new TextDecoder()).decode(bytes)
    : decodeURIComponent(Array.from(bytes, (byte) => `%${(byte + 256).toString(16).slice(1)}`).join("")).replace(
        /^\ufeff/,
        "",
      );

/**
 * A message to the engine. A member that is neither a string nor a number becomes `null`, which the engine rejects by
 * the member's name. Written member by member: `JSON.stringify` of an object would call a `toJSON`, which any script
 * may have put on `Object.prototype`.
 *
 * @param {Record<string, unknown>} members
 */
export const messageOf = (members) => {
  let message = "";
  for (const name of Object.keys(members)) {
    const value = members[name];
    if (value === undefined) continue;
    const isPlain = typeof value === "string" || typeof value === "number";
    message += `${message ? "," : "{"}"${name}":${isPlain ? JSON.stringify(value) : null}`;
  }
  return `${message}}`;
};

let lastReply = "";

/**
 * Called by the engine with its reply, which the engine wipes afterwards.
 *
 * @param {Uint8Array} message
 */
export const reply = (message) => void (lastReply = decode(message));

/**
 * The engine's last reply. Taken out, since it may hold a secret.
 */
export const takeReply = () => {
  const message = lastReply;
  lastReply = "";
  // No prototype: an absent member must not be found on `Object.prototype`.
  return { __proto__: null, ...JSON.parse(message) };
};

/**
 * Called by the engine: the value of a JSON number.
 *
 * @param {Uint8Array} text
 */
export const number = (text) => Number(decode(text));

/**
 * Called by the engine: an HTTP date in seconds since the start of 1970, or NaN for any other text. HTTP writes a date
 * exactly as `toUTCString` does.
 *
 * @param {Uint8Array} text
 */
export const date = (text) => {
  const date = new Date(decode(text));
  return date.toUTCString() === decode(text) ? date.getTime() / 1000 : NaN;
};
