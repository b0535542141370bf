// A server that answers byte for byte as a row says, and records all requests.
//
// It uses bare sockets, since an HTTP library refuses to send most of what a hostile server sends. Every answer closes
// its connection. Otherwise a browser may repeat a request by itself if a reused connection has died, and the counts
// would not be exact (4.7 of docs/promises.md).
import { once } from "node:events";
import { createServer } from "node:net";
import { deflateSync, gzipSync } from "node:zlib";
import { allowAll, READING } from "./answers.mjs";

/** The number of hosts to which calls that run at once are spread: a browser opens only six connections to one host. */
const LANES = 12;

/** How long to wait for an event that should come at once. */
const PATIENCE_MS = 30_000;

/** How long a step waits for a client whose platform withholds the headers. */
const WITHHELD_MS = 2000;

/**
 * Starts the server on several loopback addresses, and a server of another origin.
 *
 * @param {{ id: string, answer?: unknown[] }[]} rows the answer to a path that begins with `/<host>/<id>/`
 */
export async function startServer(rows) {
  const answers = new Map(rows.map(({ id, answer }) => [id, answer]));
  const exchanges = [];
  const arrivals = new EventTarget();
  const readings = new Map();
  /** Whether the body of an answer is being read. The client's side reports this by a request of its own. */
  const readingOf = (key) => {
    if (!readings.has(key)) {
      let begin;
      const begun = new Promise((resolve) => (begin = resolve));
      readings.set(key, { begun, begin });
    }
    return readings.get(key);
  };
  const open = new Set();
  const serve = (elsewhere) =>
    createServer({ noDelay: true }, (socket) => {
      open.add(socket);
      socket.once("close", () => open.delete(socket));
      socket.on("error", () => {}); // in many rows, the client leaves early
      converse(socket, elsewhere, { exchanges, arrivals, answers, readingOf }).catch((error) => {
        if (!socket.destroyed) throw error;
      });
    });

  const first = await listen(serve(false), "127.0.0.1", 0);
  const { port } = first.address();
  const others = Array.from({ length: LANES - 1 }, (_, index) => listen(serve(false), `127.0.0.${index + 2}`, port));
  // If the system has only one loopback address (macOS), all lanes use it.
  const lanes = [first, ...(await Promise.all(others))].filter(Boolean);
  const elsewhere = await listen(serve(true), "127.0.0.1", 0);
  const closed = await listen(createServer(), "127.0.0.1", 0);
  const closedPort = closed.address().port;
  closed.close();
  const url = (server) => `http://${server.address().address}:${server.address().port}`;

  return {
    lanes: lanes.map(url),
    elsewhere: url(elsewhere),
    /** An address on which nothing listens. */
    closed: `http://127.0.0.1:${closedPort}`,
    exchanges,
    /** The requests for which `fits` is true, once there are `count` of them or the time is up. */
    async arrived(fits, count) {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const found = () => exchanges.filter(fits);
      while (found().length < count && !signal.aborted) await once(arrivals, "one", { signal }).catch(() => {});
      return found();
    },
    /** The paths of the connections that clients still hold some time after their last call has settled. */
    async stillOpen() {
      // A platform may hold a connection without a request in reserve.
      const held = () => [...open].filter(({ exchange }) => exchange);
      const signal = AbortSignal.timeout(PATIENCE_MS);
      while (held().length && !signal.aborted) await once(held()[0], "close", { signal }).catch(() => {});
      return held().map(({ exchange }) => exchange.path);
    },
    stop() {
      for (const socket of open) socket.destroy();
      for (const server of [...lanes, elsewhere]) server.close();
    },
  };
}

const tick = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function listen(server, address, port) {
  server.listen(port, address);
  try {
    await once(server, "listening");
    return server;
  } catch {
    return undefined;
  }
}

async function converse(socket, elsewhere, { exchanges, arrivals, answers, readingOf }) {
  const request = await readRequest(socket);
  if (!request) return;
  const [, host, id, ...rest] = request.path.split("/");
  if (request.method === "OPTIONS") {
    socket.end(
      "HTTP/1.1 204 No Content\r\n" +
        `${allowAll}Access-Control-Allow-Methods: GET, POST, PUT, PATCH\r\nAccess-Control-Max-Age: 600\r\n` +
        "Access-Control-Allow-Headers: X-Api-Key, Accept, Content-Type, Authorization, X-Of\r\nConnection: close\r\n\r\n",
    );
    return;
  }
  const reading = readingOf(`${host}/${id}`);
  if (rest.join("/") === READING) {
    reading.begin();
    socket.end("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
    return;
  }
  socket.isRead = reading.begun;
  // From here on nothing is read. A client that ends its side has given up the call.
  socket.gone = new Promise((resolve) => socket.once("close", resolve));
  socket.once("end", () => socket.destroy()).resume();
  const exchange = { ...request, host, id, elsewhere, route: `/${rest.join("/")}` };
  socket.exchange = exchange;
  exchanges.push(exchange);
  arrivals.dispatchEvent(new Event("one"));
  if (answers.get(id)) await play(socket, answers.get(id), exchange);
  socket.end();
}

/** The request, once it is complete; `undefined` if it never is. */
async function readRequest(socket) {
  let bytes = Buffer.alloc(0);
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    bytes = Buffer.concat([bytes, chunk]);
    const end = bytes.indexOf("\r\n\r\n");
    if (end < 0) continue;
    const [line, ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
    const headers = lines.map((text) => text.split(/:\s*(.*)/s).slice(0, 2));
    const length = Number(headers.find(([name]) => name.toLowerCase() === "content-length")?.[1] ?? 0);
    if (bytes.length < end + 4 + length) continue;
    let body = bytes.subarray(end + 4).toString("utf8");
    // Node sends a stream without a length, in chunks.
    if (headers.some(([name]) => name.toLowerCase() === "transfer-encoding")) {
      if (!body.endsWith("0\r\n\r\n")) continue;
      body = body.replace(/[0-9a-f]+\r\n(.*?)\r\n/gs, "$1");
    }
    const [method, path] = line.split(" ");
    return { method, path, headers, body, bytes };
  }
}

/** Carries out the steps of an answer, one after the other. */
async function play(socket, steps, exchange) {
  for (const step of steps) {
    if (socket.destroyed) return;
    if (typeof step === "function") await play(socket, [step(exchange)].flat(), exchange);
    else if (typeof step === "string" || step instanceof Uint8Array) await send(socket, step);
    else if (step.gzip !== undefined) await send(socket, gzipSync(step.gzip));
    else if (step.deflate !== undefined) await send(socket, deflateSync(step.deflate));
    else if (step.silence) await socket.gone;
    else if (step.reset) socket.resetAndDestroy();
    else if (step.pause) await tick(step.pause);
    else if (step.untilRead) await Promise.race([socket.isRead, socket.gone, tick(WITHHELD_MS)]);
    else if (step.drip) {
      for (let place = 0; place < step.drip.length && !socket.destroyed; place++) {
        await send(socket, step.drip.slice(place, place + 1));
        await Promise.race([socket.gone, tick(1000)]);
      }
    } else if (step.endless) {
      const portion = step.endless.repeat(Math.ceil(65536 / step.endless.length));
      while (!socket.destroyed) await send(socket, portion);
    }
  }
}

async function send(socket, text) {
  if (!socket.write(text)) await Promise.race([once(socket, "drain"), socket.gone]).catch(() => {});
}
