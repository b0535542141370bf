// The table: what servers, platforms and callers may do, and the outcome. The server, Node and the pages of three
// browsers load it, so it uses nothing that only one of them has.
//
// A row's members:
//   name      the sentence that the row proves
//   answer    what the server sends, step by step; without it, no request may reach the server
//   call      what the caller gives in place of the usual: { key, username, password, options, arguments }.
//             `options` are added to the usual ones, `arguments` replace all four arguments
//   calls     the same for several calls at once; `then` for those after them
//   init      makes the argument of init(), which is called before the calls. With `stalls`, the calls do not wait for
//             init(); it can wait for them by the promise `over`, and its outcome is the last of the list
//   fetch     makes the option `fetch`, whose calls are counted
//   abort     when the caller's signal aborts, and its reason: "before" the call, with the "call", when "fetch" has
//             been called, when the "body" is being read, when it has "settled", or "never"
//   expect    { user } or { code, … }; for several calls, a list
//   ignores   fields of the error that are not compared: "serverErrors"
//   requests  how many reach the server: 1 where there is an answer, else 0. [least, most] where timing decides
//   fetches   how often `fetch` is called: by default as `requests`, or 1 for a given `fetch`
//   differs   by host, what is different there, and why
//   clock     what `Date.now` returns meanwhile. Only for a row that runs `alone`
//   alone     no other row runs at the same time
//   only      { hosts, because }
import { byteLength, head, response, untilRead } from "../driver/answers.mjs";
import { key, password, token, username } from "../driver/credentials.mjs";
import { spellings } from "../driver/echoes.mjs";
import { fields } from "./fields.mjs";

export const MAX_BODY = 1_048_576;

export const repeated = (text, length) => text.repeat(Math.ceil(length / text.length)).slice(0, length);

const bytes = (...values) => Uint8Array.from(values);
const json = { "Content-Type": "application/json" };

const user = { usersId: "4057113e-0000-4000-8000-000000000001", active: false, name: { firstName: "Zoë" } };
const signedIn = { ...user, sessionToken: token };
const body = JSON.stringify(signedIn);
const session = { user };

const timeout = { code: "timeout" };
const network = { code: "network" };
// The headers arrived, but not the whole body.
const cutOff = { code: "network", status: 200 };
const notJson = { code: "invalid_response", status: 200, path: "", expected: "JSON" };
const tooLarge = { code: "invalid_response", status: 200, path: "", expected: "at most 1048576 bytes" };
const notUtf8 = { code: "invalid_response", status: 200, path: "", expected: "UTF-8" };

// Long enough for a busy machine to send the request and to get the first bytes of the answer.
const SHORT = 5000;
const silence = { silence: true };
const reset = { reset: true };

/** A successful body of exactly this many bytes. */
const sized = (size) => {
  const [start, end] = JSON.stringify({ ...signedIn, extras: "|" }).split("|");
  return `${start}${"x".repeat(size - byteLength(start + end))}${end}`;
};

// --- The connection: 4.1, 4.2 of docs/promises.md -------------------------------------------------
const transport = [
  { name: "a documented answer is a session", answer: response(200, body), expect: session },
  { name: "a server that never says a word", answer: [silence], timeoutMs: SHORT, expect: timeout },
  { name: "half a status line, then silence", answer: ["HTTP/1.1 2", silence], timeoutMs: SHORT, expect: timeout },
  {
    name: "half of the headers, then silence",
    answer: ["HTTP/1.1 200 OK\r\nContent-Type: appl", silence],
    timeoutMs: SHORT,
    expect: timeout,
  },
  {
    name: "the headers, then silence",
    answer: [head(200, { "Content-Length": 500 }), silence],
    timeoutMs: SHORT,
    expect: timeout,
  },
  {
    name: "half of the body, then silence",
    answer: [head(200, { "Content-Length": byteLength(body) }), body.slice(0, 40), silence],
    timeoutMs: SHORT,
    expect: timeout,
  },
  {
    name: "the whole body, but the connection stays open without a length",
    answer: [head(200), body, silence],
    timeoutMs: SHORT,
    expect: timeout,
  },
  { name: "headers that come at a byte a second", answer: [{ drip: head(200) }], timeoutMs: SHORT, expect: timeout },
  {
    name: "a body that comes at a byte a second",
    answer: [head(200, { "Content-Length": byteLength(body) }), { drip: body }],
    timeoutMs: SHORT,
    expect: timeout,
  },
  {
    name: "a body in two halves with a pause between them is whole",
    answer: [head(200, { "Content-Length": byteLength(body) }), body.slice(0, 40), { pause: 300 }, body.slice(40)],
    expect: session,
  },
  {
    name: "an answer that is slow, but comes before the deadline, counts",
    answer: [{ pause: 500 }, ...response(200, body)],
    expect: session,
  },
  { name: "nobody listens", at: "closed", expect: network, fetches: 1 },
  { name: "a reset before the headers", answer: [reset], expect: network },
  { name: "the connection ends before the headers", answer: [""], expect: network },
  {
    name: "a reset within the headers",
    answer: ["HTTP/1.1 200 OK\r\nContent-", { pause: 50 }, reset],
    expect: network,
  },
  { name: "the connection ends within the headers", answer: ["HTTP/1.1 200 OK\r\nContent-"], expect: network },
  {
    name: "a reset right after the headers",
    answer: [head(200, { "Content-Length": 500 }), untilRead, reset],
    expect: cutOff,
    differs: { firefox: { expect: { anyOf: [network, cutOff] }, because: "Firefox forgets the headers" } },
  },
  {
    name: "a reset in the body",
    answer: [head(200, { "Content-Length": byteLength(body) }), body.slice(0, 40), untilRead, reset],
    expect: cutOff,
  },
  {
    name: "a body that is cut off by a Content-Length too long",
    answer: [head(200, { "Content-Length": byteLength(body) + 10 }), body],
    expect: cutOff,
    differs: { webkit: { expect: session, because: "WebKit hides the cut: what is left decides" } },
  },
  {
    name: "a body that ends within a character",
    answer: [head(200, { "Content-Length": 100 }), bytes(0x7b, 0x22, 0xc3)],
    expect: cutOff,
    differs: { webkit: { expect: notUtf8, because: "WebKit hides the cut: what is left decides" } },
  },
  {
    name: "a Content-Length too short leaves half a document",
    answer: [head(200, { "Content-Length": 20 }), body],
    expect: notJson,
  },
  {
    name: "a body without a length ends with the connection",
    answer: [head(200), body],
    expect: session,
  },
  {
    name: "two different Content-Lengths",
    answer: [head(200, { "Content-Length": byteLength(body), "content-length": 3 }), body],
    expect: network,
    differs: { webkit: { expect: notJson, because: "WebKit takes the last of them" } },
  },
  {
    name: "a Content-Length that is no number",
    answer: [head(200, { "Content-Length": "many" }), body],
    expect: network,
    differs: {
      chromium: { expect: session, because: "Chromium goes without the length" },
      firefox: { expect: session, because: "Firefox goes without the length" },
    },
  },
  {
    name: "a body in chunks",
    answer: [head(200, { "Transfer-Encoding": "chunked" }), ...chunked(body.slice(0, 7), body.slice(7)), "0\r\n\r\n"],
    expect: session,
  },
  {
    name: "a chunk for each byte, characters split between them",
    answer: [
      head(200, { "Transfer-Encoding": "chunked" }),
      () => [...new TextEncoder().encode(body)].flatMap((byte) => ["1\r\n", bytes(byte), "\r\n"]),
      "0\r\n\r\n",
    ],
    expect: session,
  },
  {
    name: "chunks that end before the last",
    answer: [head(200, { "Transfer-Encoding": "chunked" }), ...chunked(body.slice(0, 7))],
    expect: cutOff,
    differs: {
      node: { expect: { anyOf: [cutOff, notJson] }, because: "Node may hide the cut: what is left decides" },
      webkit: { expect: notJson, because: "WebKit hides the cut: what is left decides" },
    },
  },
  {
    name: "the whole body in chunks, without the last one",
    answer: [head(200, { "Transfer-Encoding": "chunked" }), ...chunked(body)],
    expect: cutOff,
    differs: {
      node: { expect: { anyOf: [cutOff, session] }, because: "Node may hide the cut: what is left decides" },
      webkit: { expect: session, because: "WebKit hides the cut: what is left decides" },
    },
  },
  {
    name: "a chunk whose size is no number",
    answer: [head(200, { "Transfer-Encoding": "chunked" }), "many\r\n", body],
    expect: cutOff,
    differs: {
      firefox: { expect: network, because: "Firefox forgets the headers" },
      webkit: { expect: notJson, because: "WebKit hides the cut: what is left decides" },
    },
  },
  {
    name: "a body in gzip",
    answer: [head(200, { "Content-Encoding": "gzip" }), { gzip: body }],
    expect: session,
  },
  {
    name: "a body in deflate",
    answer: [head(200, { "Content-Encoding": "deflate" }), { deflate: body }],
    expect: session,
  },
  {
    name: "gzip that is none",
    answer: [head(200, { "Content-Encoding": "gzip" }), body],
    timeoutMs: SHORT,
    expect: cutOff,
    differs: {
      node: { expect: { anyOf: [cutOff, timeout] }, because: "now and then Node's stream reports nothing" },
      webkit: { expect: session, because: "WebKit takes the body as it is" },
    },
  },
  {
    name: "gzip that breaks off",
    answer: [head(200, { "Content-Encoding": "gzip" }), bytes(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xab, 0x56)],
    // Every platform returns what it could decode.
    expect: notJson,
  },
  {
    name: "garbage in place of HTTP",
    answer: [bytes(0x15, 3, 1, 0, 2, 2, 0x28, 0, 0xff, 0xfe, 10, 10), { pause: 100 }],
    expect: network,
  },
  {
    name: "headers of two megabytes",
    answer: [() => head(200, { "X-Long": "x".repeat(2_000_000), "Content-Length": byteLength(body) }), body],
    expect: network,
  },
  {
    name: "a header line that is none",
    answer: ["HTTP/1.1 200 OK\r\n\u0000 bad \u0000\r\n\r\n", body],
    expect: network,
  },
  {
    name: "an interim answer before the real one",
    answer: [
      "HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n",
      { pause: 30 },
      ...response(200, body),
    ],
    expect: session,
  },
  {
    name: "a status line of HTTP/1.0 with headers in small letters",
    answer: [head(200, { "content-length": byteLength(body) }).replace("HTTP/1.1", "HTTP/1.0"), body],
    expect: session,
  },
  {
    name: "a switch of protocols nobody asked for",
    answer: [head(101), silence],
    timeoutMs: SHORT,
    expect: timeout,
    differs: {
      node: { expect: { anyOf: [timeout, network] }, because: "Node waits on, and from 24 on gives up at once" },
      firefox: { expect: { code: "invalid_response", status: 101 }, because: "Firefox shows it, the others wait on" },
    },
  },
];

function chunked(...texts) {
  return texts.map((text) => `${byteLength(text).toString(16)}\r\n${text}\r\n`);
}

// --- How much: 3.8, 3.9 of docs/promises.md -------------------------------------------------------
const sizes = [
  {
    name: "a body of 1 MiB is read",
    answer: [() => response(200, sized(MAX_BODY))].flat(),
    expect: () => ({ user: { ...user, extras: JSON.parse(sized(MAX_BODY)).extras } }),
  },
  {
    name: "a body of 1 MiB and one byte is refused",
    answer: [() => response(200, sized(MAX_BODY + 1))],
    expect: tooLarge,
  },
  {
    name: "a body over 1 MiB is refused without reading on",
    answer: [head(200, { "Content-Length": 50_000_000 }), () => "x".repeat(MAX_BODY + 200_000), silence],
    expect: tooLarge,
  },
  {
    name: "a megabyte in gzip is measured after it is decoded",
    answer: [head(200, { "Content-Encoding": "gzip" }), () => ({ gzip: sized(MAX_BODY + 1) })],
    expect: tooLarge,
  },
  {
    name: "1 MiB in gzip is read",
    answer: [head(200, { "Content-Encoding": "gzip" }), () => ({ gzip: sized(MAX_BODY) })],
    expect: () => ({ user: { ...user, extras: JSON.parse(sized(MAX_BODY)).extras } }),
  },
  { name: "a body without end", answer: [head(200), { endless: "x" }], expect: tooLarge },
  { name: "blanks without end", answer: [head(200), { endless: " " }], expect: tooLarge },
  {
    name: "chunks without end",
    answer: [head(200, { "Transfer-Encoding": "chunked" }), { endless: `8000\r\n${"x".repeat(32768)}\r\n` }],
    expect: tooLarge,
  },
  {
    name: "an error's body without end",
    answer: [head(500), { endless: "x" }],
    expect: { code: "server_error", status: 500 },
  },
  {
    name: "an error's body that stalls leaves the status to decide",
    answer: [head(403, { "Content-Length": 300 }), '{"errors":[', silence],
    timeoutMs: SHORT,
    expect: { code: "forbidden", status: 403 },
  },
  {
    name: "an error's body that drips leaves the status to decide",
    answer: [head(429, { "Content-Length": 300, "Retry-After": 7 }), { drip: '{"errors":[' }],
    timeoutMs: SHORT,
    expect: { code: "rate_limited", status: 429, retryAfterMs: 7000 },
  },
  {
    name: "an error's body that is cut off leaves the status to decide",
    answer: [head(401, { "Content-Length": 300 }), '{"errors":['],
    expect: { code: "invalid_credentials", status: 401 },
    differs: {
      firefox: {
        expect: { code: "invalid_response", status: 401, serverErrors: [{ code: -1, message: '{"errors":[' }] },
        because: "Firefox hides the cut after an error: what is left is a text that is no JSON",
      },
      webkit: {
        expect: { code: "invalid_response", status: 401, serverErrors: [{ code: -1, message: '{"errors":[' }] },
        because: "WebKit hides the cut: what is left is a text that is no JSON",
      },
    },
  },
  {
    name: "an error's body that is reset leaves the status to decide",
    answer: [head(503, { "Content-Length": 300 }), '{"errors":[', untilRead, reset],
    expect: { code: "server_error", status: 503 },
  },
];

// --- The body: 3.1, 3.2, 3.5, 3.6, 3.11 of docs/promises.md ---------------------------------------
const badBody = (name, text, expect = notJson) => ({ name, answer: response(200, text), expect });
const notAnObject = { ...notJson, expected: "object" };
const portal = "<!doctype html><title>Welcome to our wireless network</title><form>Room number <input></form>";

const bodies = [
  {
    name: "an HTML page with status 200",
    answer: response(200, portal, { "Content-Type": "text/html" }),
    expect: notJson,
  },
  { name: "an HTML page that calls itself JSON", answer: response(200, portal), expect: notJson },
  badBody("an empty body", ""),
  badBody("a body of blanks", " \r\n\t "),
  badBody("null", "null", notAnObject),
  badBody("an array", `[${body}]`, notAnObject),
  badBody("an empty array", "[]", notAnObject),
  badBody("a string", JSON.stringify(body), notAnObject),
  badBody("a number", "42", notAnObject),
  badBody("true", "true", notAnObject),
  badBody("an empty object", "{}", { ...notJson, path: "sessionToken", expected: "string" }),
  badBody("a document and a comma", `${body},`),
  badBody("two documents", body + body),
  badBody("a document that breaks off", body.slice(0, -1)),
  badBody("single quotes", body.replaceAll('"', "'")),
  badBody("a comment", `/* hello */${body}`),
  badBody("NaN", '{"usersId":"u","age":NaN}'),
  badBody("undefined", "undefined"),
  badBody("JSON with padding", `callback(${body})`),
  badBody("a guard against inclusion", `)]}',\n${body}`),
  badBody("a raw line break in a string", '{"usersId":"u\n"}'),
  badBody("form data", "usersId=u&sessionToken=t"),
  badBody("XML", "<?xml version='1.0'?><user/>"),
  { name: "a byte order mark goes", answer: response(200, `\ufeff${body}`), expect: session },
  badBody("a byte order mark alone", "\ufeff"),
  badBody("two byte order marks", `\ufeff\ufeff${body}`),
  badBody("bytes that are no UTF-8", bytes(0x7b, 0x22, 0xff, 0x22, 0x7d), notUtf8),
  badBody("Latin-1", bytes(0x22, 0x5a, 0x6f, 0xeb, 0x22), notUtf8),
  badBody("half a character at the end", bytes(0x22, 0xc3), notUtf8),
  badBody("a surrogate in UTF-8", bytes(0x22, 0xed, 0xa0, 0x80, 0x22), notUtf8),
  badBody("an overlong character", bytes(0x22, 0xc0, 0xaf, 0x22), notUtf8),
  badBody("UTF-16 with its mark", bytes(0xff, 0xfe, 0x7b, 0, 0x7d, 0), notUtf8),
  badBody("UTF-16 without one", bytes(0x7b, 0, 0x7d, 0)),
  badBody("NUL bytes", "\0\0\0\0"),
  {
    name: "the body decides, not a content type of HTML",
    answer: response(200, body, { "Content-Type": "text/html; charset=iso-8859-1" }),
    expect: session,
  },
  { name: "the body decides without a content type", answer: response(200, body, {}), expect: session },
  {
    name: "the body decides, not nosniff",
    answer: response(200, body, { "Content-Type": "image/png", "X-Content-Type-Options": "nosniff" }),
    expect: session,
  },
  { name: "201 is a success", answer: response(201, body), expect: session },
  { name: "299 is a success", answer: response(299, body), expect: session },
  { name: "204 has no body", answer: [head(204)], expect: { ...notJson, status: 204 } },
  { name: "205 has no body", answer: [head(205, { "Content-Length": 0 })], expect: { ...notJson, status: 205 } },
  {
    name: "unknown fields are kept, at every level",
    answer: response(200, '{"a":{"b":[null,1e-7]},"usersId":"u","name":{"nick":"Bo"},"sessionToken":"t"}'),
    expect: { user: { a: { b: [null, 1e-7] }, usersId: "u", name: { nick: "Bo" } }, token: "t" },
  },
  {
    name: "__proto__ is an own property like any other, and changes no prototype",
    answer: response(
      200,
      '{"__proto__":{"usersId":"p","isAdmin":true},"usersId":"u","extras":{"__proto__":1},"sessionToken":"t"}',
    ),
    expect: {
      user: JSON.parse('{"__proto__":{"usersId":"p","isAdmin":true},"usersId":"u","extras":{"__proto__":1}}'),
      token: "t",
    },
  },
  {
    name: "what only a prototype has is absent",
    answer: response(200, '{"__proto__":{"usersId":"p","sessionToken":"t"}}'),
    expect: { code: "invalid_response", status: 200, path: "sessionToken", expected: "string" },
  },
  {
    name: "constructor, toString and then are data",
    answer: response(200, '{"usersId":"u","sessionToken":"t","constructor":1,"toString":2,"then":3,"toJSON":4}'),
    expect: { user: { usersId: "u", constructor: 1, toString: 2, then: 3, toJSON: 4 }, token: "t" },
  },
  {
    name: "of two equal names the last counts",
    answer: response(200, '{"usersId":7,"usersId":"u","sessionToken":"t","sessionToken":"last"}'),
    expect: { user: { usersId: "u" }, token: "last" },
  },
  {
    name: "a number beyond all measure follows JSON.parse",
    answer: response(
      200,
      '{"usersId":"u","sessionToken":"t","extras":1e999,"addresses":[{"geocode":{"latitude":-1e999}}]}',
    ),
    expect: { user: { usersId: "u", extras: Infinity, addresses: [{ geocode: { latitude: -Infinity } }] }, token: "t" },
  },
  {
    name: "escapes in names count as what they stand for",
    answer: response(200, '{"users\\u0049d":"u","session\\u0054oken":"t"}'),
    expect: { user: { usersId: "u" }, token: "t" },
  },
  {
    name: "a lone surrogate in the user stays",
    answer: response(200, '{"usersId":"\\ud800","sessionToken":"t"}'),
    expect: { user: { usersId: "\ud800" }, token: "t" },
  },
  {
    name: "extras of any kind",
    answer: response(200, '{"usersId":"u","sessionToken":"t","extras":[false,[],{}]}'),
    expect: { user: { usersId: "u", extras: [false, [], {}] }, token: "t" },
  },
  {
    name: "extras ten thousand levels deep",
    answer: response(200, `{"usersId":"u","sessionToken":"t","extras":${"[".repeat(10_000)}${"]".repeat(10_000)}}`),
    expect: { depth: 10_000, token: "t" },
  },
  {
    name: "null is the same as absent in every optional field",
    answer: response(
      200,
      JSON.stringify({ ...Object.fromEntries(fields.map(({ top }) => [top, null])), usersId: "u", sessionToken: "t" }),
    ),
    expect: { user: { ...Object.fromEntries(fields.map(({ top }) => [top, null])), usersId: "u" }, token: "t" },
  },
  {
    name: "dates stay what the server sent",
    answer: response(200, '{"usersId":"u","sessionToken":"t","createdAt":"Mon Jun 02 12:10:36 UTC 2014","dob":""}'),
    expect: { user: { usersId: "u", createdAt: "Mon Jun 02 12:10:36 UTC 2014", dob: "" }, token: "t" },
  },
  ...[
    ["a number", "7", "string"],
    ["null", "null", "string"],
    ["an object", '{"token":"t"}', "string"],
    ["an array", '["t"]', "string"],
    ["true", "true", "string"],
    ["empty", '""', "visible ASCII without blanks"],
    ["a blank", '"a b"', "visible ASCII without blanks"],
    ["a line break", '"a\\r\\nX-Evil: 1"', "visible ASCII without blanks"],
    ["NUL", '"a\\u0000"', "visible ASCII without blanks"],
    ["DEL", '"a\\u007f"', "visible ASCII without blanks"],
    ["beyond ASCII", '"tökén"', "visible ASCII without blanks"],
    ["a lone surrogate", '"\\udc00"', "visible ASCII without blanks"],
  ].map(([what, text, expected]) => ({
    name: `a token that is ${what}`,
    answer: response(200, `{"usersId":"u","sessionToken":${text}}`),
    expect: { code: "invalid_response", status: 200, path: "sessionToken", expected },
  })),
  ...[
    ["absent", ""],
    ["empty", ',"usersId":""'],
    ["null", ',"usersId":null'],
    ["a number", ',"usersId":7'],
    ["an object", ',"usersId":{}'],
    ["under its other name", ',"userId":"u"'],
  ].map(([what, text]) => ({
    name: `a usersId that is ${what}`,
    answer: response(200, `{"sessionToken":"${token}"${text}}`),
    expect: { code: "invalid_response", status: 200, path: "usersId", expected: "non-empty string" },
  })),
];

// --- Wrong types: 3.3, 3.4 of docs/promises.md ----------------------------------------------------
// Every field of the user model, with a value of each wrong type.
const kinds = { boolean: true, number: 7, string: password, array: [token], object: { of: token } };

const wrongTypes = fields.flatMap(({ path, top, expected, wrap }) =>
  Object.entries({
    ...kinds,
    ...(expected === "integer" ? { "a fraction": 1.5, "beyond what a double counts": 2 ** 53 } : {}),
    ...(path.endsWith("]") ? { null: null } : {}),
  })
    .filter(([kind]) => !(kind === expected || (kind === "number" && expected === "integer")))
    .map(([kind, value]) => ({
      name: `${path}: ${kind} in place of ${expected}`,
      answer: response(200, JSON.stringify({ ...signedIn, [top]: wrap(value) })),
      expect: { code: "invalid_response", status: 200, path, expected },
    })),
);

// --- The status: 5.2, 5.3, 5.4, 5.5, 5.6, 5.7, 5.8, 5.19, 5.20 of docs/promises.md ---------------------------
/** A 404 means an unknown user only with the documented error body. A 401 with a page comes from a gateway. */
const code = (status, kind = "documented") => {
  if (status === 404) return kind === "documented" ? "invalid_credentials" : "invalid_response";
  if (status === 401) return kind === "page" ? "invalid_response" : "invalid_credentials";
  return { 403: "forbidden", 429: "rate_limited" }[status] ?? (status < 500 ? "bad_request" : "server_error");
};

/** What gateways, load balancers and other services answer for a route or a host that they do not know. */
const gatewayPages = [
  [
    "nginx",
    "<html><head><title>404 Not Found</title></head><body><center><h1>404 Not Found</h1></center><hr></body></html>",
  ],
  ["a bucket", '<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>'],
  ["a platform", "404: NOT_FOUND Code: DEPLOYMENT_NOT_FOUND"],
  ["another service", '{"message":"no Route matched with those values"}'],
  ["a framework", '{"timestamp":"2024","status":404,"error":"Not Found","path":"/v2/v2/auth/signin"}'],
  ["a problem document", '{"type":"about:blank","title":"Not Found","status":404}'],
  ["an empty list", '{"errors":[]}'],
  ["a list of nothing that is known", '{"errors":[null,7,{}]}'],
  ["errors that are no list", '{"errors":{"message":"Not Found"}}'],
  ["a text in quotes", '"Not Found"'],
  ["nothing", ""],
  ["blanks", " \r\n"],
];

const gateways = [
  ...gatewayPages.map(([what, page]) => ({
    name: `404 with a page of ${what} is no wrong password`,
    answer: response(404, page, { "Content-Type": "text/html" }),
    expect: { code: "invalid_response", status: 404 },
    ignores: ["serverErrors"],
  })),
  ...gatewayPages.map(([what, page]) => {
    const isPage = /^[^{"\s]/.test(page);
    return {
      name: `401 with a page of ${what} is ${isPage ? "no " : "still "}a wrong password`,
      answer: response(401, page, { "Content-Type": "text/html" }),
      expect: { code: isPage ? "invalid_response" : "invalid_credentials", status: 401 },
      ignores: ["serverErrors"],
    };
  }),
  ...[
    [404, "stalls", [head(404, { "Content-Length": 300 }), '{"errors":[', silence], "invalid_response"],
    [
      404,
      "never begins",
      [head(404, { "Content-Length": 300 }), silence],
      "invalid_response",
      { firefox: { expect: timeout, because: "Firefox waits for the first of the body" } },
    ],
    [404, "is without end", [head(404), { endless: '{"errors":["No."]}' }], "invalid_response"],
    [401, "stalls", [head(401, { "Content-Length": 300 }), "<h1>", silence], "invalid_credentials"],
    [401, "is without end", [head(401), { endless: "<h1>" }], "invalid_credentials"],
  ].map(([status, what, answer, code, differs]) => ({
    name: `${status} whose body ${what} is ${code}`,
    answer,
    timeoutMs: SHORT,
    expect: { code, status },
    differs:
      status === 401
        ? { webkit: { expect: timeout, because: "WebKit withholds a 401 until its body is complete" } }
        : differs,
  })),
];

const echo = ({ body }) => JSON.parse(body).password;
const withheld = "(withheld: it repeats a secret)";

const errorBodies = [
  [
    "the documented",
    (status) => `{"errors":[{"message":"No.","code":${status}}]}`,
    (status) => [{ code: status, message: "No." }],
  ],
  ["a string in the", () => '{"errors":["No."]}', () => [{ code: -1, message: "No." }]],
  ["a non-JSON", () => "<h1>No.</h1>", () => [{ code: -1, message: "<h1>No.</h1>" }], "page"],
  ["an empty", () => "", () => [], "none"],
  ["an undocumented", () => '{"message":"Not Found"}', () => [{ code: -1, message: "Not Found" }], "none"],
  ["a documented, but empty", () => '{"errors":[]}', () => [], "none"],
  ["a huge", () => `{"errors":["${"x".repeat(2 * MAX_BODY)}"]}`, () => [], "none"],
  ["a non-UTF-8", () => bytes(0x22, 0xff, 0x22), () => [], "none"],
];

const statuses = [
  ...[400, 401, 403, 404, 409, 422, 429, 500, 502, 503].flatMap((status) => [
    ...errorBodies.map(([what, text, serverErrors, kind]) => ({
      name: `${status} with ${what} error body`,
      answer: [() => response(status, text(status))],
      expect: { code: code(status, kind), status, serverErrors: serverErrors(status) },
    })),
    {
      name: `${status} with an error body that echoes the password and the key`,
      answer: [
        (request) =>
          response(
            status,
            JSON.stringify({ errors: [{ code: 1, message: `“${echo(request)}” is wrong` }, key, "plain"] }),
          ),
      ],
      expect: {
        code: code(status),
        status,
        serverErrors: [
          { code: 1, message: withheld },
          { code: -1, message: withheld },
          { code: -1, message: "plain" },
        ],
      },
    },
  ]),
  {
    // The Fetch Standard makes every platform repeat a misdirected request on a new connection.
    name: "421 is bad_request, and the platform asks twice",
    answer: response(421, "{}"),
    expect: { code: "bad_request", status: 421 },
    requests: 2,
    fetches: 1,
  },
  ...[402, 405, 406, 408, 410, 413, 418, 425, 431, 451, 499, 501, 504, 505, 511, 599].map((status) => ({
    name: `${status} is ${code(status)}`,
    answer: response(status, "{}"),
    expect: { code: code(status), status },
  })),
  {
    name: "407 is bad_request",
    answer: response(407, "{}"),
    expect: { code: "bad_request", status: 407 },
    differs: {
      node: { expect: network, because: "the fetch standard makes a network error of a proxy's demand" },
      chromium: { expect: network, because: "the fetch standard makes a network error of a proxy's demand" },
    },
  },
  {
    name: "401 that asks for Basic credentials opens no dialogue",
    answer: response(401, "{}", { "WWW-Authenticate": 'Basic realm="x"' }),
    expect: { code: "invalid_credentials", status: 401 },
  },
  ...[300, 304, 305, 306, 399].map((status) => ({
    name: `${status} is no answer to a sign-in`,
    answer: response(status, status === 304 ? "" : body),
    expect: { code: "invalid_response", status },
  })),
  ...[600, 999].map((status) => ({
    name: `${status} is no status`,
    answer: response(status, body),
    expect: { code: "invalid_response" },
  })),
  {
    name: "an echo of the body as it arrived",
    answer: [(request) => response(500, `Traceback: ${request.body}`, { "Content-Type": "text/plain" })],
    expect: { code: "server_error", status: 500, serverErrors: [{ code: -1, message: withheld }] },
  },
  {
    name: "an echo in JSON with all but ASCII escaped",
    answer: [(request) => response(500, `Bad body ${ascii(request.body)}`, { "Content-Type": "text/plain" })],
    expect: { code: "server_error", status: 500, serverErrors: [{ code: -1, message: withheld }] },
  },
  {
    name: "an echo in HTML with its escapes",
    answer: [
      (request) => response(400, `<p>${echo(request).replaceAll('"', "&quot;")}</p>`, { "Content-Type": "text/html" }),
    ],
    expect: { code: "bad_request", status: 400, serverErrors: [{ code: -1, message: withheld }] },
  },
  {
    name: "an echo that is percent-encoded",
    answer: [
      (request) => response(400, `/login?p=${encodeURIComponent(echo(request))}`, { "Content-Type": "text/plain" }),
    ],
    expect: { code: "bad_request", status: 400, serverErrors: [{ code: -1, message: withheld }] },
  },
  {
    name: "an echo of all headers and the body",
    answer: [
      (request) => response(400, JSON.stringify({ errors: [{ code: 400, message: request.bytes.toString() }] })),
    ],
    expect: { code: "bad_request", status: 400, serverErrors: [{ code: 400, message: withheld }] },
  },
  ...[
    ["an empty list", '{"errors":[]}', []],
    ["a null list", '{"errors":null}', []],
    ["an object in place of the list", '{"errors":{"code":1,"message":"a"}}', []],
    ["null, numbers and lists among the entries", '{"errors":[null,7,[],true,"a"]}', [{ code: -1, message: "a" }]],
    ["an entry without a code", '{"errors":[{"message":"a"}]}', [{ code: -1, message: "a" }]],
    ["an entry without a message", '{"errors":[{"code":3}]}', [{ code: 3, message: "" }]],
    ["an entry with neither", '{"errors":[{}]}', []],
    ["a code in quotes", '{"errors":[{"code":"3","message":"a"}]}', [{ code: -1, message: "a" }]],
    ["a code that is a fraction", '{"errors":[{"code":3.5,"message":"a"}]}', [{ code: -1, message: "a" }]],
    ["a code beyond 32 bits", '{"errors":[{"code":2147483648,"message":"a"}]}', [{ code: -1, message: "a" }]],
    ["a message that is no string", '{"errors":[{"code":3,"message":{"a":1}}]}', [{ code: 3, message: "" }]],
    [
      "several entries",
      '{"errors":[{"code":1,"message":"a"},{"code":2,"message":"b"}]}',
      [
        { code: 1, message: "a" },
        { code: 2, message: "b" },
      ],
    ],
    ["the sibling service's form", '{"title":"T","description":"D","code":9}', [{ code: 9, message: "D" }]],
    ["a title alone", '{"title":"T"}', [{ code: -1, message: "T" }]],
    ["a string as the whole", '"No."', [{ code: -1, message: "No." }]],
    ["a list as the whole", '[{"code":1,"message":"a"}]', []],
    ["null as the whole", "null", []],
    ["blanks as the whole", "  \n ", []],
    ["an error in __proto__", '{"__proto__":{"errors":[{"code":1,"message":"a"}]}}', []],
  ].map(([what, text, serverErrors]) => ({
    name: `400 with ${what}`,
    answer: response(400, text),
    expect: { code: "bad_request", status: 400, serverErrors },
  })),
  {
    name: "ten thousand error entries",
    answer: [() => response(400, JSON.stringify({ errors: repeated("a", 10_000).split("") }))],
    expect: () => ({ code: "bad_request", status: 400, serverErrors: Array(10_000).fill({ code: -1, message: "a" }) }),
  },
];

/** JSON in ASCII, as some servers write it to be safe. */
function ascii(text) {
  return text.replace(/[^\0-\x7f]/g, (letter) => `\\u${letter.charCodeAt().toString(16).padStart(4, "0")}`);
}

// --- Echoes: 6.2 of docs/promises.md -------------------------------------------------------------- Secrets without
// four letters or digits in a row: once they are escaped, no part of them that a plain search could find is left.
const short = [
  ["a password with a slash", { password: "ab/cd" }],
  ["a password with a quote", { password: 'a"b' }],
  ["a password beyond ASCII", { password: 'ü/ß"e' }],
  ["a key with a quote and a slash", { key: 'k1"/2' }],
];
const harmless = "R&amp;D took a\\/c for 100%25 &quot;plain&#x22;";

const echoes = short.flatMap(([what, call]) =>
  Object.entries(spellings).map(([how, spell]) => ({
    name: `${what} that comes back ${how} is withheld, and what stands beside it is not`,
    answer: [
      () =>
        response(
          400,
          JSON.stringify({
            errors: [
              { code: 1, message: `You sent <${spell(Object.values(call)[0])}>.` },
              { code: 2, message: harmless },
            ],
          }),
        ),
    ],
    call,
    expect: {
      code: "bad_request",
      status: 400,
      serverErrors: [
        { code: 1, message: withheld },
        { code: 2, message: harmless },
      ],
    },
  })),
);

// --- How long to wait: 5.18 of docs/promises.md ---------------------------------------------------
/** The time at which the clock is stopped in the rows whose answer names a time. */
const CLOCK = Date.UTC(2031, 4, 6, 7, 8, 9);
const inAMinute = new Date(CLOCK + 60_000).toUTCString();

const retryAfter = [
  ["seconds", "120", 120_000],
  ["no seconds", "0", 0],
  ["seconds between blanks", "  7  ", 7000],
  ["a date in a minute", inAMinute, 60_000],
  ["a date in the past", "Sun, 06 Nov 1994 08:49:37 GMT", 0],
  ["a negative number", "-5"],
  ["a plus", "+5"],
  ["a fraction", "1.5"],
  ["an exponent", "1e3"],
  ["hexadecimal", "0x10"],
  ["a number beyond all measure", "99999999999999999999"],
  ["garbage", "tomorrow, perhaps"],
  ["two numbers", "1, 2"],
  ["an empty value", ""],
  ["a date of no calendar", "Sun, 99 Foo 2094 99:99:99 GMT"],
  ["a date in ISO 8601", "2094-11-06T08:49:37Z"],
  ["seconds with a unit", "5s"],
  ["nothing at all", undefined],
].map(([what, value, retryAfterMs], index) => {
  const status = [429, 503][index % 2];
  const headers = value === undefined ? {} : { "Retry-After": value };
  const dated = value === inAMinute && { clock: CLOCK, alone: true };
  return {
    name: `${status} with a Retry-After of ${what}`,
    answer: response(status, "{}", dated ? { ...headers, Date: new Date(CLOCK).toUTCString() } : headers),
    ...dated,
    expect: { code: code(status), status, retryAfterMs },
  };
});
const HOUR = 3_600_000;

retryAfter.push(
  ...[
    ["an hour slow", CLOCK - HOUR],
    ["an hour fast", CLOCK + HOUR],
    ["ten years slow", CLOCK - 87_600 * HOUR],
    ["right", CLOCK],
  ].flatMap(([how, clock]) =>
    [
      ["a minute before", CLOCK, 60_000],
      ["two hours behind", CLOCK + 2 * HOUR, 0],
    ].map(([when, date, retryAfterMs]) => ({
      name: `a Retry-After date counts from the answer's own Date, ${when} it, where the clock is ${how}`,
      answer: response(503, "{}", { "Retry-After": inAMinute, Date: new Date(date).toUTCString() }),
      clock,
      alone: true,
      expect: { code: "server_error", status: 503, retryAfterMs },
    })),
  ),
  ...[
    ["is absent", {}],
    ["is no date", { Date: "yesterday" }],
    ["is empty", { Date: "" }],
    ["is in ISO 8601", { Date: "2031-05-06T07:08:09Z" }],
  ].map(([what, headers]) => ({
    name: `a Retry-After date counts from the clock where the answer's Date ${what}`,
    answer: response(429, "{}", { "Retry-After": inAMinute, ...headers }),
    clock: CLOCK,
    alone: true,
    expect: { code: "rate_limited", status: 429, retryAfterMs: 60_000 },
  })),
  {
    name: "a Retry-After in seconds counts from nothing, whatever the answer's Date says",
    answer: response(503, "{}", { "Retry-After": "60", Date: new Date(CLOCK - HOUR).toUTCString() }),
    expect: { code: "server_error", status: 503, retryAfterMs: 60_000 },
  },
  {
    name: "503 that asks to be asked again at once is not asked again",
    answer: response(503, "{}", { "Retry-After": "0" }),
    expect: { code: "server_error", status: 503, retryAfterMs: 0 },
  },
  {
    name: "401 with a Retry-After says nothing of waiting",
    answer: response(401, "{}", { "Retry-After": "120" }),
    expect: { code: "invalid_credentials", status: 401 },
  },
  {
    name: "a Retry-After beyond Latin-1",
    answer: [head(429, { "Retry-After": "zwölf", "Content-Length": 2 }), "{}"],
    expect: { code: "rate_limited", status: 429 },
  },
);

// --- Redirects: 2.5 of docs/promises.md -----------------------------------------------------------
// A browser that must not follow a redirect hides everything about it, even the status.
const opaque = (status) => ({
  expect: { code: "invalid_response" },
  differs: { node: { expect: { code: "invalid_response", status }, because: "Node shows the redirect's status" } },
});

const redirects = [
  ...[301, 302, 303, 307, 308].flatMap((status) => [
    {
      name: `${status} to the same origin is not followed`,
      answer: [({ host, id }) => [head(status, { Location: `/${host}/${id}/landing`, "Content-Length": 0 })]],
      ...opaque(status),
    },
    {
      name: `${status} to another origin takes neither the password nor the key there`,
      answer: [
        ({ host, id, elsewhere }) => [
          head(status, { Location: `${elsewhere}/${host}/${id}/landing`, "Content-Length": 0 }),
        ],
      ],
      ...opaque(status),
    },
  ]),
  {
    name: "a redirect to itself",
    answer: [({ path }) => [head(302, { Location: path, "Content-Length": 0 })]],
    ...opaque(302),
  },
  {
    name: "a redirect to a script",
    answer: [head(302, { Location: "javascript:alert(1)", "Content-Length": 0 })],
    ...opaque(302),
  },
  {
    name: "a redirect to data",
    answer: [head(307, { Location: `data:application/json,${encodeURIComponent(body)}` })],
    ...opaque(307),
  },
  {
    name: "a redirect with a session in its body",
    answer: response(302, body, { ...json, Location: "/elsewhere" }),
    ...opaque(302),
  },
  { name: "a redirect without a Location", answer: [head(302, { "Content-Length": 0 })], ...opaque(302) },
  {
    name: "a Refresh header is not obeyed",
    answer: response(200, body, { Refresh: "0; url=/elsewhere" }),
    expect: session,
  },
];

// --- The arguments and the options: 1.6, 2.7, 2.8, 2.9, 2.10, 2.11, 2.12, 2.13 of docs/promises.md
const invalidArgument = (argument) => ({ code: "invalid_argument", argument });

// Made anew for each call, since some of them change when they are used.
const notStrings = [
  ["undefined", () => undefined],
  ["null", () => null],
  ["a number", () => 7],
  ["NaN", () => NaN],
  ["a boolean", () => true],
  ["a big number", () => 10n],
  ["a symbol", () => Symbol(password)],
  ["an object", () => ({ password })],
  ["an array of the string", () => [password]],
  ["a function", () => () => password],
  ["a String object", () => new String(password)],
  ["a look-alike", () => ({ toString: () => password, valueOf: () => password, length: 4, charCodeAt: () => 65 })],
  ["an object whose members throw", () => new Proxy({}, { get: complain, getPrototypeOf: complain, has: complain })],
];

function complain() {
  throw new Error(`“${password}” is not yours`);
}

const names = { apiKey: "key", username: "username", password: "password" };

const text = (name, value, member = "password") => ({
  name,
  answer: response(200, body),
  call: { [member]: value },
  expect: session,
});

const strings = [
  ...Object.entries(names).flatMap(([argument, member]) => [
    ...notStrings.map(([what, make]) => ({
      name: `${argument}: ${what} is refused`,
      call: () => ({ [member]: make() }),
      expect: invalidArgument(argument),
    })),
    { name: `${argument}: an empty string is refused`, call: { [member]: "" }, expect: invalidArgument(argument) },
    {
      name: `${argument}: a lone surrogate is refused`,
      call: { [member]: `canary\ud83d-5150` },
      expect: invalidArgument(argument),
    },
    {
      name: `${argument}: a surrogate pair the wrong way round is refused`,
      call: { [member]: "canary\udca9\ud83d" },
      expect: invalidArgument(argument),
    },
  ]),
  ...[
    ["a blank", " "],
    ["a blank before", ` ${key}`],
    ["a blank behind", `${key} `],
    ["two blanks in a row", key.replace(" ", "  ")],
    ["two parts", "browser key-canary-7d1f0c"],
    ["four parts", `${key} more`],
    ["a tab", key.replaceAll(" ", "\t")],
    ["CR", `${key}\r`],
    ["LF", `${key}\n`],
    ["a header in it", `${key}\r\nX-Evil: 1`],
    ["NUL", `${key}\0`],
    ["DEL", `${key}\x7f`],
    ["Latin-1", `${key}é`],
    ["beyond Latin-1", `${key}ł`],
    ["an emoji", `${key}💩`],
    ["a blank that does not break", key.replace(" ", "\u00a0")],
  ].map(([what, value]) => ({
    name: `apiKey: ${what} is refused`,
    call: { key: value },
    expect: invalidArgument("apiKey"),
  })),
  { ...text("a bare id is a key", "key-canary-7d1f0c", "key") },
  { ...text("a key of all visible ASCII", `!"#$%&'()*+,-./09:;<=>?@AZ[\\]^_\`az{|}~ b c`, "key") },
  {
    ...text("a key of 1 MB is the platform's to send", `k${"x".repeat(1_000_000)}`, "key"),
    expect: { anyOf: [session, network] },
    requests: [0, 1],
    fetches: 1,
  },
  ...["username", "password"].flatMap((member) => [
    text(`${member}: a blank is sent as it is`, " ", member),
    text(`${member}: blanks around it are sent`, "  canary\t ", member),
    text(`${member}: CR and LF are sent`, "ca\r\nnary", member),
    text(`${member}: NUL is sent`, "ca\0nary\u001f", member),
    text(`${member}: what Latin-1 lacks is sent`, "łódź 💩 \u2028\u2029\ufeff\ufffe", member),
    text(`${member}: two spellings of one letter stay two`, "e\u0301\u00e9", member),
    text(`${member}: JSON is sent as text`, '","password":"x"}', member),
    text(`${member}: 1 MB is sent`, `canary${"ł".repeat(500_000)}`, member),
  ]),
  { name: "no arguments at all", call: { arguments: () => [] }, expect: invalidArgument("apiKey") },
  { name: "a key alone", call: { arguments: () => [key] }, expect: invalidArgument("username") },
  { name: "no password", call: { arguments: () => [key, username] }, expect: invalidArgument("password") },
  { name: "null everywhere", call: { arguments: () => [null, null, null, null] }, expect: invalidArgument("apiKey") },
];

const option = (name, value) => ({ call: () => ({ options: { [name]: value() } }), expect: invalidArgument(name) });

const notOptions = [
  ["null", () => null],
  ["a number", () => 5],
  ["a string", () => "timeoutMs"],
  ["true", () => true],
  ["a symbol", () => Symbol(password)],
  ["a big number", () => 5n],
];

const options = [
  ...notOptions.map(([what, make]) => ({
    name: `options: ${what} is refused`,
    call: { arguments: () => [key, username, password, make()] },
    expect: invalidArgument("options"),
  })),
  ...[
    ["null", () => null],
    ["a number", () => 7],
    ["an empty string", () => ""],
    ["a path", () => "/baas"],
    ["a host without a scheme", () => "127.0.0.1:80"],
    ["a look-alike", () => ({ href: "https://evil.example", toString: () => "https://evil.example" })],
    ["a String object", () => new String("https://evil.example")],
    ["an array", () => ["https://evil.example"]],
    ["http: of a public host", () => "http://evil.example"],
    ["http: of a host that looks like loopback", () => "http://127.0.0.1.evil.example"],
    ["credentials", () => "https://user:canary@evil.example"],
    ["a query", () => "https://evil.example/?a=b"],
    ["a fragment", () => "https://evil.example/#a"],
    ["the version", () => "https://evil.example/v2"],
    ["the version and a slash", () => "https://evil.example/v2/"],
    ["the version behind a prefix", () => "https://evil.example/baas/v2"],
    ["the version in a URL object", () => new URL("https://evil.example/v2")],
    ["ftp:", () => "ftp://127.0.0.1"],
    ["file:", () => "file:///"],
    ["data:", () => "data:,"],
    ["javascript:", () => "javascript:alert(1)"],
    ["blob:", () => "blob:https://evil.example/1"],
    ["a URL object with a query", () => new URL("https://evil.example/?a=b")],
    ["an object that throws", () => new Proxy({}, { get: complain, getPrototypeOf: complain })],
  ].map(([what, make]) => ({ name: `baseUrl: ${what} is refused`, ...option("baseUrl", make) })),
  ...[
    ["0", () => 0],
    ["-0", () => -0],
    ["a negative number", () => -1],
    ["NaN", () => NaN],
    ["Infinity", () => Infinity],
    ["-Infinity", () => -Infinity],
    ["null", () => null],
    ["a string", () => "5000"],
    ["a big number", () => 5000n],
    ["a symbol", () => Symbol("5000")],
    ["a Number object", () => new Number(5000)],
    ["a look-alike", () => ({ valueOf: () => 5000 })],
    ["a date", () => new Date()],
    ["a value that throws", () => ({ valueOf: complain, toString: complain })],
  ].map(([what, make]) => ({ name: `timeoutMs: ${what} is refused`, ...option("timeoutMs", make) })),
  ...[
    ["null", () => null],
    ["an empty object", () => ({})],
    ["a controller", () => new AbortController()],
    ["a look-alike", () => ({ aborted: false, reason: undefined, addEventListener() {}, removeEventListener() {} })],
    ["a look-alike that has aborted", () => ({ aborted: true, reason: password, addEventListener() {} })],
    ["what only inherits", () => Object.create(AbortSignal.prototype)],
    ["another event target", () => new EventTarget()],
    ["a promise", () => Promise.resolve()],
    ["true", () => true],
  ].map(([what, make]) => ({ name: `signal: ${what} is refused`, ...option("signal", make) })),
  ...[
    ["null", () => null],
    ["a string", () => "fetch"],
    ["an object", () => ({ fetch })],
    ["a promise", () => Promise.resolve(fetch)],
    ["true", () => true],
    ["a regular expression", () => /fetch/],
  ].map(([what, make]) => ({ name: `fetch: ${what} is refused`, ...option("fetch", make) })),
  ...["baseUrl", "timeoutMs", "signal", "fetch"].map((name) => ({
    name: `${name}: a getter that throws is refused`,
    call: {
      arguments: ({ options }) => [key, username, password, Object.defineProperty(options, name, { get: complain })],
    },
    expect: invalidArgument(name),
  })),
  {
    name: "options that throw at every touch",
    call: {
      arguments: () => [
        key,
        username,
        password,
        new Proxy(
          {},
          {
            get: complain,
            has: complain,
            ownKeys: complain,
            getPrototypeOf: complain,
            getOwnPropertyDescriptor: complain,
          },
        ),
      ],
    },
    expect: invalidArgument("baseUrl"),
  },
  {
    name: "options that are a revoked proxy",
    call: {
      arguments: () => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        return [key, username, password, proxy];
      },
    },
    expect: invalidArgument("baseUrl"),
  },
  {
    name: "undefined in every option is the same as absent",
    answer: response(200, body),
    call: { options: { signal: undefined, fetch: undefined, more: undefined } },
    expect: session,
  },
  {
    name: "unknown options do nothing",
    answer: response(200, body),
    call: {
      options: {
        retries: 3,
        credentials: "include",
        redirect: "follow",
        method: "GET",
        headers: { Authorization: "x" },
      },
    },
    expect: session,
  },
  {
    name: "options without a prototype, and frozen",
    answer: response(200, body),
    call: {
      arguments: ({ options }) => [key, username, password, Object.freeze(Object.assign(Object.create(null), options))],
    },
    expect: session,
  },
  {
    name: "options that only their prototype holds",
    answer: response(200, body),
    call: { arguments: ({ options }) => [key, username, password, Object.create(options)] },
    expect: session,
  },
  {
    name: "a URL object as the base",
    answer: response(200, body),
    call: { arguments: ({ options }) => [key, username, password, { ...options, baseUrl: new URL(options.baseUrl) }] },
    expect: session,
  },
  {
    name: "a slash at the end of the base",
    answer: response(200, body),
    call: { arguments: ({ options }) => [key, username, password, { ...options, baseUrl: `${options.baseUrl}/` }] },
    expect: session,
  },
  {
    name: "a base with a path of its own keeps it",
    answer: response(200, body),
    route: "/deep/er/v2/auth/signin",
    call: {
      arguments: ({ options }) => [key, username, password, { ...options, baseUrl: `${options.baseUrl}/deep/er` }],
    },
    expect: session,
  },
  {
    name: "a deadline of half a millisecond",
    answer: [silence],
    timeoutMs: 0.5,
    expect: timeout,
    requests: [0, 1],
  },
  {
    name: "a deadline longer than any timer does not fire at once",
    answer: [{ pause: 150 }, ...response(200, body)],
    timeoutMs: 2 ** 31,
    expect: session,
  },
  {
    name: "a deadline of centuries does not fire at once",
    answer: [{ pause: 150 }, ...response(200, body)],
    timeoutMs: 1e300,
    expect: session,
  },
  {
    name: "the first argument that is wrong is the one named",
    call: () => ({ key: 1, username: 2, password: 3 }),
    expect: invalidArgument("apiKey"),
  },
];

// --- A given fetch: 3.7, 4.3, 4.8, 4.9 of docs/promises.md ----------------------------------------
const never = () => new Promise(() => {});
const answers = (name, make, expect, more) => ({
  name: `fetch ${name}`,
  fetch: () => async () => make(),
  expect,
  ...more,
});
const invalid = { code: "invalid_response" };
const streamOf = (...chunks) =>
  new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
const encoded = () => new TextEncoder().encode(body);

const requestFields = [
  ["mode", "cors", "an answer that can't be read is no answer"],
  ["credentials", "omit", "no cookie goes out or is kept"],
  ["cache", "no-store", "no session stays in a cache"],
  ["redirect", "manual", "the password goes where it was sent"],
  ["referrerPolicy", "no-referrer", "nobody learns of the page"],
];

const platforms = [
  { name: "fetch throws", fetch: () => complain, expect: network },
  {
    name: "fetch throws a string",
    fetch: () => () => {
      throw password;
    },
    expect: network,
  },
  {
    name: "fetch throws nothing",
    fetch: () => () => {
      throw undefined;
    },
    expect: network,
  },
  {
    name: "fetch throws an error that can't be read",
    fetch: () => () => {
      throw new Proxy({}, { get: complain, getPrototypeOf: complain, has: complain });
    },
    expect: network,
  },
  { name: "fetch rejects with a string", fetch: () => () => Promise.reject(password), expect: network },
  {
    name: "a fetch that rejects is not called again",
    fetch: () => () => Promise.reject(new TypeError("Failed to fetch")),
    expect: network,
  },
  { name: "fetch rejects with undefined", fetch: () => () => Promise.reject(), expect: network },
  { name: "fetch rejects with null", fetch: () => () => Promise.reject(null), expect: network },
  {
    name: "fetch rejects with an error that quotes the key",
    fetch: () => () => Promise.reject(new TypeError(`Headers.append: "${key}" is an invalid header value.`)),
    expect: network,
  },
  {
    name: "fetch rejects with an error whose code is another each time it is read",
    fetch: () => (url, init) => {
      let reads = 0;
      const code = { toString: () => (reads++ ? init.body : "ECONNREFUSED") };
      return Promise.reject(Object.assign(new Error("failed"), { code }));
    },
    expect: network,
  },
  {
    name: "fetch rejects with an error whose cause holds the password",
    fetch: () => (url, init) => Promise.reject(new Error("failed", { cause: init })),
    expect: network,
  },
  {
    name: "fetch rejects with what looks like one of our errors",
    fetch: () => () =>
      Promise.reject({
        [Symbol.for("catalyze-signin.SignInError")]: true,
        name: "SignInError",
        code: "internal",
        message: password,
      }),
    expect: network,
  },
  {
    name: "an abort that nobody asked for is the network's",
    fetch: () => () => Promise.reject(new DOMException(password, "AbortError")),
    expect: network,
  },
  {
    name: "a time-out of the platform's own is the network's",
    fetch: () => () => Promise.reject(new DOMException(password, "TimeoutError")),
    expect: network,
  },
  { name: "fetch never settles", fetch: () => never, timeoutMs: 300, expect: timeout },
  {
    name: "fetch resolves after the deadline",
    fetch: (it) => () => it.later(500, (resolve) => resolve(new Response(body))),
    timeoutMs: 300,
    expect: timeout,
  },
  {
    name: "fetch rejects after the deadline",
    fetch: (it) => () => it.later(500, (_, reject) => reject(new Error("late"))),
    timeoutMs: 300,
    expect: timeout,
  },
  {
    name: "fetch blocks the thread beyond the deadline, then resolves",
    fetch: () => () => {
      for (const end = performance.now() + 400; performance.now() < end;);
      return new Response(body);
    },
    timeoutMs: 300,
    alone: true,
    expect: timeout,
  },
  answers("resolves with undefined", () => undefined, invalid),
  answers("resolves with null", () => null, invalid),
  answers("resolves with a number", () => 200, invalid),
  answers("resolves with a string", () => body, invalid),
  answers("resolves with the user", () => signedIn, invalid),
  answers("resolves with an empty object", () => ({}), invalid),
  answers("resolves with a symbol", () => Symbol(password), invalid),
  answers(
    "resolves with an object whose members throw",
    () => new Proxy({}, { get: (_, name) => name !== "then" && complain() }),
    invalid,
  ),
  answers("resolves with a status in quotes", () => ({ status: "200", text: async () => body }), invalid),
  answers("resolves with a status of NaN", () => ({ status: NaN, text: async () => body }), invalid),
  answers("resolves with a status of 200.5", () => ({ status: 200.5, text: async () => body }), invalid),
  answers("resolves with a status of 0", () => ({ status: 0, text: async () => body }), invalid),
  answers("resolves with a status of -200", () => ({ status: -200, text: async () => body }), invalid),
  answers("resolves with a status of 65736", () => ({ status: 65736, text: async () => body }), invalid),
  answers(
    "resolves with a status that throws",
    () => ({
      get status() {
        return complain();
      },
    }),
    invalid,
  ),
  answers(
    "resolves with a Number object as status",
    () => ({ status: new Number(200), text: async () => body }),
    invalid,
  ),
  answers("resolves with a platform's error response", () => Response.error(), invalid),
  answers(
    "resolves with an opaque redirect",
    () => ({ type: "opaqueredirect", status: 0, headers: new Headers(), body: null }),
    invalid,
  ),
  answers("has followed a redirect", () => ({ status: 200, redirected: true, text: async () => body }), invalid),
  { name: "fetch returns a response without a promise", fetch: () => () => new Response(body), expect: session },
  {
    name: "fetch returns a thenable",
    fetch: () => () => ({ then: (resolve) => resolve(new Response(body)) }),
    expect: session,
  },
  {
    name: "fetch returns a thenable that settles four times",
    fetch: () => () => ({
      then(resolve, reject) {
        resolve(new Response(body));
        reject(new Error("second"));
        resolve({});
        throw new Error("fourth");
      },
    }),
    expect: session,
  },
  { name: "fetch returns a thenable that throws", fetch: () => () => ({ then: complain }), expect: network },
  {
    name: "fetch returns a thenable that can't be read",
    fetch: () => () => ({
      get then() {
        return complain();
      },
    }),
    expect: network,
  },
  {
    name: "fetch returns a thenable that never settles",
    fetch: () => () => ({ then() {} }),
    timeoutMs: 300,
    expect: timeout,
  },
  answers("resolves with a status and a text()", () => ({ status: 200, text: async () => body }), session),
  answers(
    "resolves with a status and an arrayBuffer()",
    () => ({ status: 200, arrayBuffer: async () => encoded().buffer }),
    session,
  ),
  answers("resolves with a status and a stream", () => ({ status: 200, body: streamOf(encoded()) }), session),
  answers(
    "resolves with an asynchronous iterable",
    () => ({
      status: 200,
      body: {
        async *[Symbol.asyncIterator]() {
          yield encoded();
        },
      },
    }),
    session,
  ),
  answers("resolves with a bare status of success", () => ({ status: 200 }), notJson),
  answers("resolves with a bare status of refusal", () => ({ status: 403 }), { code: "forbidden", status: 403 }),
  answers(
    "resolves with a body that has been read",
    async () => {
      const response = new Response(body);
      await response.text();
      return response;
    },
    notJson,
  ),
  answers(
    "resolves with a body that another reads",
    () => {
      const response = new Response(body);
      response.body.getReader();
      return response;
    },
    notJson,
  ),
  answers(
    "resolves with a refusal whose body has been read",
    async () => {
      const response = new Response(body, { status: 401 });
      await response.text();
      return response;
    },
    { code: "invalid_credentials", status: 401 },
  ),
  answers("resolves with a text() that throws", () => ({ status: 200, text: complain }), cutOff),
  answers("resolves with a text() that rejects", () => ({ status: 200, text: () => Promise.reject(password) }), cutOff),
  answers("resolves with a text() that never settles", () => ({ status: 200, text: never }), timeout, {
    timeoutMs: 300,
  }),
  answers(
    "resolves with a refusal whose text() never settles",
    () => ({ status: 401, text: never }),
    { code: "invalid_credentials", status: 401 },
    { timeoutMs: 300 },
  ),
  answers("resolves with a text() of an object", () => ({ status: 200, text: async () => signedIn }), notJson),
  answers("resolves with a text() of a symbol", () => ({ status: 200, text: async () => Symbol(password) }), notJson),
  answers(
    "resolves with a text() of 1 MiB and one byte",
    () => ({ status: 200, text: async () => sized(MAX_BODY + 1) }),
    tooLarge,
  ),
  answers("resolves with a text() that is no function", () => ({ status: 200, text: body }), notJson),
  answers(
    "resolves with an arrayBuffer() of a string",
    () => ({ status: 200, arrayBuffer: async () => body }),
    session,
  ),
  answers("resolves with an arrayBuffer() of nothing", () => ({ status: 200, arrayBuffer: async () => {} }), notJson),
  answers("resolves with a stream of strings", () => ({ status: 200, body: streamOf(body) }), session),
  ...[
    ["numbers", () => 7],
    ["booleans", () => true],
    ["null", () => null],
    ["objects", () => ({ usersId: "u" })],
    ["arrays of numbers", () => [123, 125]],
    ["functions", () => () => body],
    ["String objects", () => new String(body)],
    ["Blobs", () => new Blob([body])],
  ].map(([what, make]) =>
    answers(`resolves with a stream of ${what}`, () => ({ status: 200, body: streamOf(make()) }), notJson),
  ),
  answers(
    "resolves with an iterable of numbers",
    () => ({
      status: 200,
      body: {
        async *[Symbol.asyncIterator]() {
          yield 7;
        },
      },
    }),
    notJson,
  ),
  answers(
    "resolves with a stream of forty short strings",
    () => ({ status: 200, body: streamOf(...repeated(body, body.length).match(/[^]{1,3}/gu)) }),
    session,
  ),
  answers(
    "resolves with a stream of strings over 1 MiB",
    () => ({ status: 200, body: streamOf(...sized(MAX_BODY + 1).match(/[^]{1,60000}/gu)) }),
    tooLarge,
  ),
  answers(
    "resolves with a stream of strings of 1 MiB",
    () => ({ status: 200, body: streamOf(...sized(MAX_BODY).match(/[^]{1,60000}/gu)) }),
    () => ({ user: { ...user, extras: JSON.parse(sized(MAX_BODY)).extras } }),
  ),
  answers(
    "resolves with a refusal whose body is locked",
    () => {
      const response = new Response(body, { status: 403 });
      response.body.getReader();
      return response;
    },
    { code: "forbidden", status: 403 },
  ),
  answers("resolves with a refusal whose stream gives numbers", () => ({ status: 429, body: streamOf(7) }), {
    code: "rate_limited",
    status: 429,
  }),
  answers("resolves with a status and a json()", () => ({ status: 200, json: async () => signedIn }), session),
  answers(
    "resolves with a status and a json() without a promise",
    () => ({ status: 200, json: () => signedIn }),
    session,
  ),
  answers(
    "resolves with ok, a status, headers and a json()",
    () => ({ ok: true, status: 200, headers: {}, json: () => Promise.resolve(signedIn) }),
    session,
  ),
  answers(
    "resolves with a text() beside a json()",
    () => ({ status: 200, text: async () => body, json: complain }),
    session,
  ),
  answers(
    "resolves with a refusal and a json()",
    () => ({ status: 403, json: async () => ({ errors: [{ code: 403, message: "No." }] }) }),
    { code: "forbidden", status: 403, serverErrors: [{ code: 403, message: "No." }] },
  ),
  answers(
    "resolves with a wrong password and a json()",
    () => ({ status: 404, json: async () => ({ errors: ["No."] }) }),
    { code: "invalid_credentials", status: 404, serverErrors: [{ code: -1, message: "No." }] },
  ),
  answers(
    "resolves with a json() of a wrong type",
    () => ({ status: 200, json: async () => ({ ...signedIn, active: 1 }) }),
    { code: "invalid_response", status: 200, path: "active", expected: "boolean" },
  ),
  answers("resolves with a json() of null", () => ({ status: 200, json: async () => null }), notAnObject),
  answers("resolves with a json() of a text", () => ({ status: 200, json: async () => body }), notAnObject),
  answers("resolves with a json() of undefined", () => ({ status: 200, json: async () => {} }), notJson),
  answers("resolves with a json() of a function", () => ({ status: 200, json: async () => complain }), notJson),
  answers(
    "resolves with a json() of what holds itself",
    () => {
      const circular = { ...signedIn };
      circular.extras = circular;
      return { status: 200, json: async () => circular };
    },
    notJson,
  ),
  answers(
    "resolves with a json() of a big number",
    () => ({ status: 200, json: async () => ({ ...signedIn, extras: 1n }) }),
    notJson,
  ),
  answers(
    "resolves with a json() of 1 MiB and one byte",
    () => ({ status: 200, json: async () => JSON.parse(sized(MAX_BODY + 1)) }),
    tooLarge,
  ),
  answers(
    "resolves with a json() that finds no JSON",
    () => ({ status: 200, json: async () => JSON.parse(portal) }),
    notJson,
  ),
  answers("resolves with a json() that throws", () => ({ status: 200, json: complain }), cutOff),
  answers("resolves with a json() that never settles", () => ({ status: 200, json: never }), timeout, {
    timeoutMs: 300,
  }),
  answers("resolves with a stream of nothing", () => ({ status: 200, body: streamOf(undefined) }), notJson),
  answers(
    "resolves with a stream of a buffer and a view",
    () => {
      const all = encoded();
      return { status: 200, body: streamOf(all.slice(0, 9).buffer, new DataView(all.buffer, 9)) };
    },
    session,
  ),
  answers(
    "resolves with a stream of ten thousand pieces",
    () => ({ status: 200, body: streamOf(...Array(10_000).fill(bytes(32)), encoded()) }),
    session,
  ),
  answers(
    "resolves with a stream that fails",
    () => ({ status: 200, body: new ReadableStream({ start: (controller) => controller.error(new Error(password)) }) }),
    cutOff,
  ),
  answers("resolves with a stream that never gives", () => ({ status: 200, body: new ReadableStream({}) }), timeout, {
    timeoutMs: 300,
  }),
  answers(
    "resolves with a stream that is always ready and never ends",
    () => ({
      status: 200,
      body: {
        getReader: () => ({
          read: async () => ({ done: false, value: new Uint8Array(0) }),
          releaseLock() {},
          cancel() {},
        }),
      },
    }),
    timeout,
    { timeoutMs: 300, alone: true },
  ),
  answers(
    "resolves with a reader that gives no step",
    () => ({ status: 200, body: { getReader: () => ({ read: async () => undefined }) } }),
    cutOff,
  ),
  answers("resolves with a reader that throws", () => ({ status: 200, body: { getReader: complain } }), notJson),
  answers(
    "resolves with a body that throws",
    () => ({
      status: 200,
      get body() {
        return complain();
      },
    }),
    notJson,
  ),
  answers("resolves with headers that throw", () => ({ status: 429, headers: { get: complain } }), {
    code: "rate_limited",
    status: 429,
  }),
  answers("resolves with headers that are a Map", () => ({ status: 429, headers: new Map([["Retry-After", "3"]]) }), {
    code: "rate_limited",
    status: 429,
    retryAfterMs: 3000,
  }),
  answers("resolves with headers that give a number", () => ({ status: 429, headers: { get: () => 3 } }), {
    code: "rate_limited",
    status: 429,
  }),
  answers("resolves with headers that are a plain object", () => ({ status: 503, headers: { "retry-after": "3" } }), {
    code: "server_error",
    status: 503,
  }),
  ...requestFields.map(([member, value, why]) => ({
    name: `fetch gets ${member}: "${value}", so that ${why}`,
    fetch: (it) => async (url, init) => {
      if (init[member] !== value) it.complain(`${member} is ${init[member]}`);
      return new Response(body);
    },
    expect: session,
  })),
  {
    name: "fetch gets the address and exactly what 2.1 to 2.5 of docs/promises.md say",
    fetch:
      (it) =>
      async (...given) => {
        const [url, init] = given;
        const { signal, ...rest } = init;
        const wanted = {
          method: "POST",
          headers: { "X-Api-Key": key, Accept: "application/json", "Content-Type": "application/json" },
          body: JSON.stringify({ username, password }),
          ...Object.fromEntries(requestFields),
        };
        if (given.length !== 2 || url !== `${it.base}/v2/auth/signin`)
          it.complain(`fetch got ${given.length} arguments, ${url}`);
        if (!it.same(rest, wanted)) it.complain("fetch got another init");
        if (!(signal instanceof AbortSignal) || signal.aborted) it.complain("fetch got no live signal");
        return new Response(body);
      },
    expect: session,
  },
  {
    name: "fetch changes all that it was given",
    fetch: () => async (url, init) => {
      for (const name of Object.keys(init)) delete init[name];
      return new Response(body);
    },
    expect: session,
  },
  {
    name: "fetch signs in by itself",
    fetch: (it) => async () => {
      const inner = await it.signIn(key, "another", password, { ...it.options, fetch: async () => new Response(body) });
      return new Response(JSON.stringify({ ...inner.user, sessionToken: inner.token }));
    },
    expect: session,
  },
  {
    name: "fetch aborts the caller's signal while it is called",
    abort: { at: "fetch", reason: () => "no more" },
    fetch: () => never,
    expect: { code: "aborted" },
  },
  {
    name: "a response of undici",
    only: { hosts: ["node"], because: "a library for Node" },
    answer: response(200, body),
    fetch: (it) => it.libraries.undici,
    expect: session,
    requests: 1,
  },
  {
    name: "a response of node-fetch",
    only: { hosts: ["node"], because: "a library for Node" },
    answer: response(200, body),
    fetch: (it) => it.libraries["node-fetch"],
    expect: session,
    requests: 1,
  },
  {
    name: "a refusal of node-fetch",
    only: { hosts: ["node"], because: "a library for Node" },
    answer: response(429, '{"errors":["No."]}', { "Retry-After": "3" }),
    fetch: (it) => it.libraries["node-fetch"],
    expect: { code: "rate_limited", status: 429, retryAfterMs: 3000, serverErrors: [{ code: -1, message: "No." }] },
    requests: 1,
  },
  {
    name: "a stalled body of node-fetch",
    only: { hosts: ["node"], because: "a library for Node" },
    answer: [head(200, { "Content-Length": 500 }), "{", silence],
    fetch: (it) => it.libraries["node-fetch"],
    timeoutMs: SHORT,
    expect: timeout,
    requests: 1,
  },
  {
    name: "a fetch of another frame",
    only: { hosts: ["chromium", "firefox", "webkit"], because: "Node has no frames" },
    answer: response(200, body),
    fetch: (it) => it.frame().fetch,
    expect: session,
    requests: 1,
  },
  {
    name: "a signal of another frame",
    only: { hosts: ["chromium", "firefox", "webkit"], because: "Node has no frames" },
    fetch: () => never,
    call: (it) => ({ options: { signal: it.frame().AbortSignal.abort("enough") } }),
    expect: { code: "aborted", cause: "enough" },
    fetches: 0,
  },
];

// --- Aborting: 4.5, 5.10 of docs/promises.md ------------------------------------------------------
const reasons = [
  ["an Error", () => new Error("enough")],
  ["a string", () => "enough"],
  ["an object", () => ({ why: "enough" })],
  ["nothing", undefined],
  ["null", () => null],
  ["0", () => 0],
  ["one that can't be read", () => new Proxy({}, { get: complain, getPrototypeOf: complain })],
];
const aborted = { code: "aborted" };
const stalled = [head(200, { "Content-Length": byteLength(body) }), body.slice(0, 20), silence];

const aborts = [
  ...reasons.flatMap(([what, reason]) => [
    { name: `an abort with ${what} before the call sends nothing`, abort: { at: "before", reason }, expect: aborted },
    {
      name: `an abort with ${what} before the headers`,
      answer: [silence],
      abort: { at: "fetch", reason },
      expect: aborted,
      requests: [0, 1],
      fetches: 1,
    },
    { name: `an abort with ${what} during the body`, answer: stalled, abort: { at: "body", reason }, expect: aborted },
    {
      name: `an abort with ${what} after settling changes nothing`,
      answer: response(200, body),
      abort: { at: "settled", reason },
      expect: session,
    },
  ]),
  {
    name: "an abort during the body of a refusal",
    answer: [head(401, { "Content-Length": 99 }), "{", silence],
    abort: { at: "body" },
    expect: aborted,
    differs: {
      webkit: { timeoutMs: SHORT, expect: timeout, because: "WebKit withholds a 401 until its body is complete" },
    },
  },
  {
    name: "an abort after a refusal changes nothing",
    answer: response(401, "{}"),
    abort: { at: "settled" },
    expect: { code: "invalid_credentials", status: 401 },
  },
  {
    name: "an abort right behind the call",
    answer: [silence],
    abort: { at: "call" },
    expect: aborted,
    requests: [0, 1],
    fetches: [0, 1],
  },
  {
    name: "a signal and a deadline: the deadline first",
    answer: [silence],
    abort: { at: "never" },
    timeoutMs: SHORT,
    expect: timeout,
  },
  {
    name: "a signal and a deadline: the deadline first, in the body",
    answer: stalled,
    abort: { at: "never" },
    timeoutMs: SHORT,
    expect: timeout,
  },
  {
    name: "a signal and a deadline: the signal first",
    answer: [silence],
    abort: { at: "fetch" },
    timeoutMs: SHORT,
    expect: aborted,
    requests: [0, 1],
    fetches: 1,
  },
  {
    name: "a signal that aborts and a fetch that never hears of it",
    fetch: () => never,
    abort: { at: "fetch" },
    expect: aborted,
  },
  {
    name: "a signal that aborts and a body that never hears of it",
    fetch: () => async () => ({ status: 200, text: never }),
    abort: { at: "body" },
    expect: aborted,
  },
  {
    name: "a signal that times out by itself",
    answer: [silence],
    call: () => ({ options: { signal: AbortSignal.timeout(SHORT) } }),
    expect: aborted,
  },
  {
    name: "a signal whose methods throw is refused",
    call: () => ({
      options: {
        signal: Object.assign(new AbortController().signal, {
          addEventListener: complain,
          removeEventListener: complain,
        }),
      },
    }),
    expect: invalidArgument("signal"),
  },
  {
    name: "a signal whose reason throws",
    call: () => ({ options: { signal: Object.defineProperty(AbortSignal.abort(), "reason", { get: complain }) } }),
    expect: aborted,
  },
  {
    name: "an aborted signal and a wrong argument",
    abort: { at: "before" },
    call: { password: 7 },
    expect: { anyOf: [aborted, invalidArgument("password")] },
  },
];

// --- Sharing: 4.7, 4.10 of docs/promises.md -------------------------------------------------------
const slowly = [{ pause: 250 }, ...response(200, body)];

const sharing = [
  {
    name: "two identical calls in flight share one request",
    answer: slowly,
    calls: [{}, {}],
    expect: [session, session],
    requests: 1,
  },
  {
    name: "ten identical calls in flight share one request",
    answer: slowly,
    calls: Array(10).fill({}),
    expect: Array(10).fill(session),
    requests: 1,
  },
  {
    name: "a refusal is shared",
    answer: [{ pause: 250 }, ...response(401, "{}")],
    calls: [{}, {}],
    expect: Array(2).fill({ code: "invalid_credentials", status: 401 }),
    requests: 1,
  },
  {
    name: "a call joins while the body is read",
    answer: [head(200), body.slice(0, 9), { pause: SHORT }, body.slice(9)],
    calls: [{}, { after: "body" }],
    expect: [session, session],
    requests: 1,
  },
  {
    name: "a different password does not share",
    answer: slowly,
    calls: [{}, { password: "another-canary" }],
    expect: [session, session],
    requests: 2,
  },
  {
    name: "a different username does not share",
    answer: slowly,
    calls: [{}, { username: "another" }],
    expect: [session, session],
    requests: 2,
  },
  {
    name: "a different key does not share",
    answer: slowly,
    calls: [{}, { key: "another-key" }],
    expect: [session, session],
    requests: 2,
  },
  {
    name: "a different fetch does not share",
    answer: slowly,
    calls: [{}, { ownFetch: true }],
    expect: [session, session],
    requests: 2,
  },
  {
    name: "a different deadline shares",
    answer: [silence],
    calls: [{ options: { timeoutMs: SHORT } }, { options: { timeoutMs: 1.2 * SHORT } }],
    expect: [timeout, timeout],
    requests: 1,
  },
  {
    name: "one of two times out, and the other is served",
    answer: [{ pause: 900 }, ...response(200, body)],
    calls: [{ options: { timeoutMs: 400 } }, {}],
    expect: [timeout, session],
    requests: 1,
  },
  {
    name: "aborting the first of two leaves the other",
    answer: slowly,
    calls: [{ abort: { at: "fetch" } }, {}],
    expect: [aborted, session],
    requests: 1,
  },
  {
    name: "aborting the second of two leaves the first",
    answer: slowly,
    calls: [{}, { abort: { at: "fetch" } }],
    expect: [session, aborted],
    requests: 1,
  },
  {
    name: "aborting both ends the request",
    answer: [silence],
    calls: [{ abort: { at: "fetch" } }, { abort: { at: "fetch" } }],
    expect: [aborted, aborted],
    requests: [0, 1],
    fetches: 1,
  },
  {
    name: "a call after an aborted one sends its own",
    answer: slowly,
    calls: [{ abort: { at: "fetch" } }],
    then: [{}],
    expect: [aborted, session],
    requests: [1, 2],
    fetches: 2,
  },
  {
    name: "one call after the other sends two",
    answer: response(200, body),
    calls: [{}],
    then: [{}],
    expect: [session, session],
    requests: 2,
  },
  {
    name: "a call after a refusal sends its own",
    answer: response(401, "{}"),
    calls: [{}],
    then: [{}],
    expect: Array(2).fill({ code: "invalid_credentials", status: 401 }),
    requests: 2,
  },
  {
    name: "a cookie that the server sets does not come back",
    answer: response(200, body, { "Set-Cookie": "session=canary; Path=/" }),
    calls: [{}],
    then: [{}],
    expect: [session, session],
    requests: 2,
  },
  {
    name: "two calls with a wrong argument send nothing",
    calls: [{ password: "" }, { password: "" }],
    expect: Array(2).fill(invalidArgument("password")),
  },
  {
    name: "a wrong argument beside a right call",
    answer: slowly,
    calls: [{}, { options: { timeoutMs: -1 } }],
    expect: [session, invalidArgument("timeoutMs")],
    requests: 1,
  },
];

/** A new buffer with these bytes, and with `before` and `behind` more bytes around them. */
const padded = (source, before = 0, behind = 0) => {
  const given = new Uint8Array(source);
  const all = new Uint8Array(before + given.length + behind);
  all.set(given, before);
  return all.buffer;
};

// --- The module: 1.10, 4.4, 5.14 of docs/promises.md ----------------------------------------------
const loading = [
  ...[
    ["null", () => null],
    ["a number", () => 7],
    ["an object", () => ({})],
    ["true", () => true],
    ["a symbol", () => Symbol("x")],
  ].map(([what, make]) => ({
    name: `init with ${what} is refused, and the next call works`,
    init: make,
    expect: [{ code: "invalid_argument", argument: "source" }, session],
  })),
  ...[
    ["bytes that are no module", () => bytes(1, 2, 3)],
    ["an empty buffer", () => new ArrayBuffer(0)],
    ["the module of someone else", () => bytes(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)],
    ["a promise that rejects", () => Promise.reject(new Error("no module today"))],
    ["a promise that rejects with nothing", () => Promise.reject()],
    ["an answer that is none", () => new Response("no", { status: 404 })],
    ["a page in place of the module", () => new Response(portal)],
    ["an address that nobody answers", ({ closed }) => `${closed}/module.wasm`],
  ].map(([what, make]) => ({
    name: `init with ${what} is wasm_unavailable, and the next call works`,
    init: make,
    expect: [{ code: "wasm_unavailable" }, session],
  })),
  { name: "init with the module's bytes", init: (it) => it.module("good"), expect: [{ loaded: true }, session] },
  ...[
    ["a DataView", (buffer) => new DataView(buffer)],
    ["a DataView of a part", (buffer) => new DataView(padded(buffer, 3, 9), 3, buffer.byteLength)],
    ["a view of a part", (buffer) => new Uint8Array(padded(buffer, 3, 9), 3, buffer.byteLength)],
    ["an Int8Array", (buffer) => new Int8Array(buffer)],
    ["a Uint8ClampedArray", (buffer) => new Uint8ClampedArray(buffer)],
    ["a buffer", (buffer) => buffer],
    ["a promise of a DataView", async (buffer) => new DataView(buffer)],
  ].map(([what, view]) => ({
    name: `init with the module in ${what}`,
    init: async (it) => view(padded(await it.module("good"))),
    expect: [{ loaded: true }, session],
  })),
  {
    name: "init with a promise of the module",
    init: async (it) => WebAssembly.compile(await it.module("good")),
    expect: [{ loaded: true }, session],
  },
  ...["first", "second", "third"].map((time, index) => ({
    name: `an engine that traps as a call enters it for the ${time} time is internal, and the next call works`,
    init: (it) => it.module(`trap-${index + 1}`),
    expect: [{ loaded: true }, { code: "internal" }, session],
    requests: [1, 2],
    fetches: [1, 2],
  })),
].map((row) => ({ ...row, then: Array(row.expect.length - 1).fill({}) }));

/** The module in a response whose body stops after `length` bytes, and goes on when the calls have settled. */
const stalling = (length) => async (it) => {
  const whole = new Uint8Array(await it.module("good"));
  return new Response(
    new ReadableStream({
      async start(controller) {
        if (length) controller.enqueue(whole.slice(0, length));
        await it.over;
        controller.enqueue(whole.slice(length));
        controller.close();
      },
    }),
  );
};
const hurried = { options: { timeoutMs: 300 } };
const loaded = { loaded: true };

loading.push(
  ...[
    ["that never comes", ({ over }) => over],
    ["in an answer whose body never begins", stalling(0)],
    ["in an answer whose body stops half-way", stalling(9000)],
  ].flatMap(([where, init]) =>
    [
      {
        name: `a call that waits for a module ${where} is a timeout at its deadline, sends nothing, and the next call works`,
        init,
        calls: [hurried],
        then: [{}],
        expect: [timeout, session, loaded],
      },
      {
        name: `a call that waits for a module ${where} can be aborted, sends nothing, and the next call works`,
        init,
        calls: [{ abort: { at: "call" } }],
        then: [{}],
        expect: [aborted, session, loaded],
      },
    ].map((row) => ({ ...row, stalls: true })),
  ),
  {
    name: "of two calls that wait for one module that never comes, each has its own deadline",
    init: ({ over }) => over,
    stalls: true,
    calls: [hurried, { options: { timeoutMs: 600 } }],
    then: [{}],
    expect: [timeout, timeout, session, loaded],
  },
  {
    name: "a module that comes late, but before the deadline, serves the call that waits for it",
    init: (it) => it.later(150, (resolve) => resolve(it.module("good"))),
    stalls: true,
    calls: [{}],
    expect: [session, loaded],
  },
  {
    name: "init with a promise that never settles is a timeout after half a minute",
    only: { hosts: ["node"], because: "half a minute, and the platform has no part in it" },
    init: () => never(),
    answer: undefined,
    requests: 0,
    alone: false,
    expect: [timeout],
  },
);
loading.push({
  name: "init with an address whose server never answers is a timeout after half a minute, and leaves no request open",
  only: { hosts: ["node"], because: "half a minute, and the platform has no part in it" },
  init: ({ base, host }) => `${base.replace(`/${host.name}/`, "/module/")}/module.wasm`,
  answer: [silence],
  requests: 0,
  alone: false,
  expect: [timeout],
});
const modules = loading.map((row) => ({ answer: response(200, body), requests: 1, alone: true, calls: [], ...row }));

// --- All of them ----------------------------------------------------------------------------------
const groups = {
  "The connection": transport,
  "How much": sizes,
  "The body": bodies,
  "The status": statuses,
  Gateways: gateways,
  Echoes: echoes,
  "How long to wait": retryAfter,
  Redirects: redirects,
  "Wrong types": wrongTypes,
  "The arguments": strings,
  "The options": options,
  "A given fetch": platforms,
  Aborting: aborts,
  Sharing: sharing,
  "The module": modules,
};

/** All rows, each with its group and an identifier that fits a URL. */
export const cases = Object.entries(groups).flatMap(([group, rows], place) =>
  rows.map((row, index) => ({ ...row, group, id: `${place + 1}-${index + 1}` })),
);

/** What is expected of `row` in `host`. */
export const expectedIn = (row, host) => {
  const { because, ...differs } = row.differs?.[host] ?? {};
  const requests = row.answer ? 1 : 0;
  const { expect, ...all } = { requests, ...row, ...differs };
  const fetches = all.fetches ?? (row.fetch ? 1 : all.requests);
  return { ...all, fetches, because, expect: typeof expect === "function" ? expect() : expect };
};

/** What the calls of `row` may send. */
export const credentialsOf = (row) =>
  [row.call, ...(row.calls ?? []), ...(row.then ?? [])].map((call) => ({
    key,
    username,
    password,
    ...(typeof call === "object" && call),
  }));
