// The answers of the tables' server, byte for byte. This uses nothing of Node's, since pages load the tables too.

export const allowAll = "Access-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: Retry-After, Date\r\n";

/** The number of bytes of a body, which is a string or bytes. */
export const byteLength = (body) => (typeof body === "string" ? new TextEncoder().encode(body).length : body.length);

/** Status line and headers, up to the body. */
export const head = (status, headers = {}) => {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Whatever\r\n${allowAll}Connection: close\r\n${lines.join("")}\r\n`;
};

/** A whole answer. */
export const response = (status, body = "", headers = { "Content-Type": "application/json" }) => [
  head(status, { ...headers, "Content-Length": byteLength(body) }),
  body,
];

/** The step that waits until the client reads the body. Without it, a reset could overtake the headers. */
export const untilRead = { untilRead: true };

/** The last part of the path that a runner requests to report that the client reads the body. */
export const READING = "reading";
