// @ts-check

/**
 * Unpacks the module from its text (xtask/src/pack.rs writes it). Each of the 91 most frequent bytes is one printable
 * character; every other byte is two, an escape and a second one. Compressed with gzip, the text is as small as the
 * module itself, and unpacking needs nothing of the platform.
 *
 * @param {string} marks one bit for each byte, five to a character: whether it is one of the most frequent
 * @param {string} text
 */
export const unpack = (marks, text) => {
  /** @type {number[]} */
  const frequent = [];
  /** @type {number[]} */
  const rare = [];
  for (let byte = 0; byte < 256; byte++) {
    const mark = (marks.charCodeAt(Math.floor(byte / 5)) - 40) >> (byte % 5);
    (mark & 1 ? frequent : rare).push(byte);
  }
  let at = 0;
  // The next character as a number from 0 to 92: printable ASCII without the quotation mark and the backslash.
  const next = () => {
    const code = text.charCodeAt(at++);
    return code - (code > 92 ? 34 : code > 34 ? 33 : 32);
  };
  const bytes = new Uint8Array(text.length);
  let end = 0;
  while (at < text.length) {
    const number = next();
    bytes[end++] = number < 91 ? frequent[number] : rare[(number - 91) * 93 + next()];
  }
  return bytes.subarray(0, end);
};
