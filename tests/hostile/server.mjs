// A server that answers byte for byte as a case says, and remembers all that it got.
//
// On bare sockets, since an HTTP library refuses to send most of what a hostile server sends. Every
// answer closes its connection: a browser may by itself repeat a request on a kept one that died
// (CONTRACT.md, section 4), and then no count would be exact.
import { once } from "node:events";
import { createServer } from "node:net";
import { deflateSync, gzipSync } from "node:zlib";
import { allowAll, cases, credentialsOf, expectedIn } from "./cases.mjs";

/** Lets the calls that run side by side go to different hosts: a browser opens six connections to one. */
const LANES = 12;

/** Starts the server on as many loopback addresses as there are, and one of another origin. */
export async function startServer(rows = cases) {
  const answers = new Map(rows.map(({ id, answer }) => [id, answer]));
  const exchanges = [];
  const arrivals = new EventTarget();
  const open = new Set();
  const serve = (elsewhere) =>
    createServer({ noDelay: true }, (socket) => {
      open.add(socket);
      socket.once("close", () => open.delete(socket));
      socket.on("error", () => {}); // a peer that is gone is what many cases are about
      converse(socket, elsewhere, { exchanges, arrivals, answers }).catch((error) => {
        if (!socket.destroyed) throw error;
      });
    });

  const first = await listen(serve(false), "127.0.0.1", 0);
  const { port } = first.address();
  const others = Array.from({ length: LANES - 1 }, (_, index) => listen(serve(false), `127.0.0.${index + 2}`, port));
  // Where the system has one loopback address alone (macOS), all lanes go there.
  const lanes = [first, ...(await Promise.all(others))].filter(Boolean);
  const elsewhere = await listen(serve(true), "127.0.0.1", 0);
  const closed = await listen(createServer(), "127.0.0.1", 0);
  const closedPort = closed.address().port;
  closed.close();
  const url = (server) => `http://${server.address().address}:${server.address().port}`;

  return {
    lanes: lanes.map(url),
    elsewhere: url(elsewhere),
    /** Where nobody listens. */
    closed: `http://127.0.0.1:${closedPort}`,
    exchanges,
    /** What the server saw of a case that contradicts the contract, and how many requests came. */
    verdict: (row, host) => verdict(row, host, exchanges),
    /** The requests that `fits` fits, once there are `count`, or five seconds have passed. */
    async arrived(fits, count) {
      const signal = AbortSignal.timeout(5000);
      const found = () => exchanges.filter(fits);
      while (found().length < count && !signal.aborted) await once(arrivals, "one", { signal }).catch(() => {});
      return found();
    },
    /** The connections that the clients have not given up, some time after their last call settled. */
    async stillOpen() {
      // A connection without a request is a platform's reserve.
      const held = () => [...open].filter(({ exchange }) => exchange);
      const deadline = Date.now() + 2000;
      while (held().length && Date.now() < deadline) await Promise.race([once(held()[0], "close"), tick(2000)]);
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

async function converse(socket, elsewhere, { exchanges, arrivals, answers }) {
  const request = await readRequest(socket);
  if (!request) return;
  const [, host, id, ...rest] = request.path.split("/");
  if (request.method === "OPTIONS") {
    socket.end(
      "HTTP/1.1 204 No Content\r\n" +
        `${allowAll}Access-Control-Allow-Methods: GET, POST\r\nAccess-Control-Max-Age: 600\r\n` +
        "Access-Control-Allow-Headers: X-Api-Key, Accept, Content-Type, Authorization\r\nConnection: close\r\n\r\n",
    );
    return;
  }
  // From here on nothing is read: a peer that ends its side has given the call up.
  socket.gone = new Promise((resolve) => socket.once("close", resolve));
  socket.once("end", () => socket.destroy()).resume();
  const exchange = { ...request, host, id, elsewhere, route: `/${rest.join("/")}` };
  socket.exchange = exchange;
  exchanges.push(exchange);
  arrivals.dispatchEvent(new Event("one"));
  if (answers.get(id)) await play(socket, answers.get(id), exchange);
  socket.end();
}

/** The request, as soon as it is complete. Nothing, if it never is. */
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
    // Node sends a stream so: no length, and one chunk for each of its own.
    if (headers.some(([name]) => name.toLowerCase() === "transfer-encoding")) {
      if (!body.endsWith("0\r\n\r\n")) continue;
      body = body.replace(/[0-9a-f]+\r\n(.*?)\r\n/gs, "$1");
    }
    const [method, path] = line.split(" ");
    return { method, path, headers, body, bytes };
  }
}

/** Sends what the steps say, one after the other. */
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

/** The same JSON with the escapes that JSON.stringify chooses, or nothing. */
const respelled = (text) => {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {}
};

/** Section 2 of the contract, as the server sees it. */
function verdict(row, host, exchanges) {
  const mine = exchanges.filter((exchange) => exchange.id === row.id && exchange.host === host);
  const { requests } = expectedIn(row, host);
  const [least, most] = [requests].flat().length === 2 ? requests : [requests, requests];
  const faults = [];
  if (mine.length < least || mine.length > most) faults.push(`${mine.length} requests arrived, not ${requests}`);
  const sent = credentialsOf(row);
  for (const exchange of mine) {
    if (exchange.elsewhere) faults.push(`${exchange.method} ${exchange.path} went to another origin`);
    if (exchange.method !== "POST" || exchange.route !== (row.route ?? "/v2/auth/signin"))
      faults.push(`the request was ${exchange.method} ${exchange.route}`);
    const header = (name) =>
      exchange.headers.filter(([other]) => other.toLowerCase() === name).map(([, value]) => value).join(" | ");
    const known = sent.some(
      ({ key, username, password }) =>
        header("x-api-key") === key && respelled(exchange.body) === JSON.stringify({ username, password }),
    );
    if (!known) faults.push("the key or the body arrived changed");
    for (const name of ["accept", "content-type"])
      if (header(name) !== "application/json") faults.push(`${name}: ${header(name)}`);
    for (const name of ["authorization", "cookie", "referer"]) if (header(name)) faults.push(`${name} was sent`);
  }
  return { requests: mine.length, faults };
}
