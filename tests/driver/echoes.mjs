// The ways in which services escape a text that they repeat, and a check whether a text repeats a secret in any of
// them.

const inJson = (text) => JSON.stringify(text).slice(1, -1);
const each = (text, spell) =>
  Array.from(text, (letter) => (/[0-9A-Za-z]/.test(letter) ? letter : spell(letter))).join("");
const hex = (number, digits = 0) => number.toString(16).padStart(digits, "0");
const units = (text, spell) =>
  Array.from({ length: text.length }, (_, place) => spell(text.charCodeAt(place))).join("");
const named = {
  "&": "amp",
  "<": "lt",
  ">": "gt",
  '"': "quot",
  "'": "apos",
  "/": "sol",
  "\\": "bsol",
  é: "eacute",
  ü: "uuml",
  ß: "szlig",
};
const percent = (text) => each(text, encodeURIComponent);

/** Each way to escape a text. */
export const spellings = {
  "as it is": (text) => text,
  "in capitals": (text) => text.replace(/[a-z]+/g, (letters) => letters.toUpperCase()),
  "in small letters": (text) => text.toLowerCase(),
  "in JSON": inJson,
  "in JSON with its slashes escaped": (text) => inJson(text).replaceAll("/", "\\/"),
  "in JSON with \\u escapes": (text) => each(text, (letter) => units(letter, (unit) => `\\u${hex(unit, 4)}`)),
  "in JSON with \\u escapes in capitals": (text) =>
    each(text, (letter) => units(letter, (unit) => `\\u${hex(unit, 4).toUpperCase()}`)),
  "in JSON inside of JSON": (text) => inJson(inJson(text)),
  "in JSON inside of JSON with its slashes escaped": (text) => inJson(inJson(text).replaceAll("/", "\\/")),
  "with percent signs": percent,
  "with percent signs and small letters": (text) => percent(text).replace(/%../g, (byte) => byte.toLowerCase()),
  "with percent signs, twice": (text) => percent(percent(text)),
  "in HTML by names": (text) => each(text, (letter) => (letter in named ? `&${named[letter]};` : letter)),
  "in HTML by numbers": (text) => each(text, (letter) => `&#${letter.codePointAt()};`),
  "in HTML by hexadecimal numbers": (text) => each(text, (letter) => `&#x${hex(letter.codePointAt())};`),
  "in HTML, twice": (text) => each(text, (letter) => `&amp;#${letter.codePointAt()};`),
  "in JSON inside of HTML": (text) => inJson(text).replaceAll('"', "&quot;").replaceAll("/", "&#47;"),
  "in JSON inside of JSON inside of HTML": (text) =>
    inJson(inJson(text)).replaceAll('"', "&quot;").replaceAll("/", "&#47;"),
  "in HTML with all of its letters escaped": (text) =>
    Array.from(text, (letter) => `&#${letter.codePointAt()};`).join(""),
};

// Written independently of the package, so that a defect there is not repeated here.
const escapes =
  /\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u[\da-f]{4}|\\x[\da-f]{2}|\\[^]|(?:%[\da-f]{2})+|&#x[\da-f]+;|&#\d+;|&[a-z]+;|\+/gi;
const controls = { n: "\n", t: "\t", r: "\r", f: "\f", b: "\b" };
const letters = Object.fromEntries(Object.entries(named).map(([letter, name]) => [name, letter]));

function meant(escape) {
  const [first, second] = escape;
  try {
    if (first === "+") return " ";
    if (first === "%") return decodeURIComponent(escape);
    if (first === "&") {
      if (second !== "#") return letters[escape.slice(1, -1)] ?? escape;
      return String.fromCodePoint(/x/i.test(escape) ? parseInt(escape.slice(3), 16) : parseInt(escape.slice(2)));
    }
    if (/^\\[ux]./i.test(escape))
      return escape.length > 6 ? JSON.parse(`"${escape}"`) : String.fromCharCode(parseInt(escape.slice(2), 16));
    return controls[second] ?? second;
  } catch {
    return escape;
  }
}

/** The text itself, and the text after each removal of a layer of escapes. */
function readings(text) {
  const all = [text];
  for (let depth = 0; depth < 6; depth++) {
    const next = all.at(-1).replace(escapes, meant);
    if (next === all.at(-1)) break;
    all.push(next);
  }
  return all;
}

/** Whether `text` repeats one of `secrets`, however it is escaped, in capitals or not. */
export function leaksSecret(text, secrets) {
  const read = readings(text).map((reading) => reading.toLowerCase());
  // If a part of the secret looks like an escape, it is removed from the text, so it is removed here too.
  return secrets.some((secret) =>
    readings(secret).some((own) => own.length > 2 && read.some((reading) => reading.includes(own.toLowerCase()))),
  );
}
