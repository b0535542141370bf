// What a page can do to the client: a stage has its own `fetch`, its own timers and its own clock, until it is struck.

const user = '{"usersId":"u","email":{"primary":"p"},"unknown":[1,null],"sessionToken":"token-canary"}';

const encode = (text) => new TextEncoder().encode(text);

const answer = (body, init) => () => new Response(body, init);

const later = (value) => Promise.resolve(value);

/** A response whose body is what `pull` makes of it, asked only when it is read. */
const streaming = (stage, init, pull) =>
  new Response(
    new ReadableStream(
      {
        pull(stream) {
          stage.reads++;
          return pull(stream);
        },
        cancel: () => void stage.cancelled++,
      },
      { highWaterMark: 0 },
    ),
    init,
  );

/** A response whose body never goes on: the deadline passes when it is read. */
const stalled = (status) => (request, stage) =>
  streaming(stage, { status }, (stream) => {
    if (stage.reads === 1) stream.enqueue(encode("{"));
    else stage.expireSoon();
  });

const iterable = (chunks) => ({
  status: 200,
  body: {
    async *[Symbol.asyncIterator]() {
      yield* chunks();
    },
  },
});

const routes = {
  signin: user,
  verify: '{"userId":"u"}',
  u: '{"usersId":"u","age":5}',
  signout: "{}",
};

const read = () => {
  const response = new Response(user);
  response.text();
  return response;
};

const locked = () => {
  const response = new Response(user);
  response.body.getReader();
  return response;
};

const fetches = {
  user: answer(user),
  "the service": ({ url }) => new Response(routes[url.split("/").at(-1)]),
  "the service of another": ({ url }) => new Response(url.endsWith("verify") ? '{"userId":"v"}' : '{"usersId":"v"}'),
  "the record of another": ({ url }) => new Response(url.endsWith("verify") ? '{"userId":"u"}' : '{"usersId":"v"}'),
  "a record that stalls": (request, stage) =>
    request.url.endsWith("verify") ? new Response('{"userId":"u"}') : stalled(200)(request, stage),
  "no token": answer('{"usersId":"u"}'),
  "wrong type": answer('{"usersId":"u","sessionToken":"t","addresses":[{},{"city":5}]}'),
  prototype: answer(
    '{"usersId":"u","sessionToken":"t","__proto__":{"isAdmin":true},"extras":{"__proto__":5,"constructor":6,"toString":null}}',
  ),
  numbers: answer(
    '{"usersId":"u","sessionToken":"t","a":9007199254740993,"b":-0,"c":1.0,"d":18446744073709551615,"e":1e-7}',
  ),
  infinite: answer('{"usersId":"u","sessionToken":"t","a":1e999}'),
  page: answer("<!doctype html><title>Free Wi-Fi</title>"),
  empty: answer(""),
  "no content": answer(null, { status: 204 }),
  array: answer("[]"),
  null: answer("null"),
  "not utf-8": answer(new Uint8Array([0x22, 0xff, 0x22])),
  mark: answer(new Uint8Array([0xef, 0xbb, 0xbf, ...encode(user)])),
  "too long": answer(new Uint8Array(1048577).fill(32)),
  "as long as can be": answer(user.padEnd(1048576)),
  endless: (request, stage) => streaming(stage, {}, (stream) => stream.enqueue(new Uint8Array(65536).fill(32))),
  // Always ready, so that no timer would ever fire.
  "blanks for ever": (request, stage) =>
    streaming(stage, {}, (stream) => {
      stream.enqueue(new Uint8Array(1).fill(32));
      if (stage.reads === 5) stage.now += 1e9;
    }),
  "in pieces": (request, stage) =>
    streaming(stage, {}, (stream) => {
      if (stage.reads > user.length) stream.close();
      else stream.enqueue(encode(user[stage.reads - 1]));
    }),
  "a buffer used again": () => {
    const buffer = new Uint8Array(1);
    return iterable(function* () {
      for (const byte of encode(user)) {
        buffer[0] = byte;
        yield buffer;
      }
    });
  },
  "a buffer given away": () =>
    iterable(function* () {
      const chunk = encode(user);
      structuredClone(chunk.buffer, { transfer: [chunk.buffer] });
      yield chunk;
    }),
  "chunks of numbers": () => iterable(() => [5]),
  401: answer('{"errors":[{"code":401,"message":"No."}]}', { status: 401 }),
  "401 with a page": answer("<h1>Unauthorized", { status: 401 }),
  404: answer('{"errors":[{"code":404,"message":"No such user."}]}', { status: 404 }),
  "404 of another server": answer("", { status: 404 }),
  409: answer("", { status: 409 }),
  echo: answer("You sent password-canary and key-canary, token-canary", { status: 400 }),
  429: answer("", { status: 429, headers: { "Retry-After": "7" } }),
  "429 until a date": answer("", {
    status: 429,
    headers: { "Retry-After": new Date(Date.now() + 3600e3).toUTCString() },
  }),
  "429 until a date of its own": answer("", {
    status: 429,
    headers: { "Retry-After": "Tue, 14 Nov 2023 22:14:20 GMT", Date: "Tue, 14 Nov 2023 22:14:10 GMT" },
  }),
  503: answer("<html>", { status: 503 }),
  302: answer("", { status: 302, headers: { Location: "/elsewhere" } }),
  "an opaque answer": () => Response.error(),
  followed: () => Object.defineProperty(new Response(user), "redirected", { value: true }),
  "stalled 401": stalled(401),
  "stalled 403": stalled(403),
  "stalled 404": stalled(404),
  stalled: stalled(200),
  silent: (request, stage) => {
    stage.expireSoon();
    return new Promise(() => {});
  },
  waiting: () => new Promise(() => {}),
  "waiting in the body": (request, stage) => streaming(stage, {}, () => {}),
  late: (request, stage) => new Promise((resolve) => (stage.bring = () => resolve(streaming(stage, {}, () => {})))),
  throws: () => {
    throw new TypeError("password-canary is not a header value: key-canary");
  },
  "throws a text": () => {
    throw "key-canary";
  },
  "rejects with an error": () => Promise.reject(new TypeError("key-canary")),
  "rejects with a text": () => Promise.reject("key-canary"),
  "rejects with nothing": () => Promise.reject(),
  "rejects with null": () => Promise.reject(null),
  "rejects with a symbol": () => Promise.reject(Symbol("key-canary")),
  "rejects with an abort": () => Promise.reject(new DOMException("key-canary", "AbortError")),
  "a promise": () => later(new Response(user)),
  thenable: () => ({ then: (resolve) => resolve(new Response(user)) }),
  "a then that throws": () => ({
    then() {
      throw "key-canary";
    },
  }),
  "a promise whose then throws": () =>
    Object.defineProperty(later(), "then", {
      get() {
        throw "key-canary";
      },
    }),
  "a then that calls back twice": () => ({
    then(resolve, reject) {
      resolve(new Response(user));
      resolve(5);
      reject(6);
    },
  }),
  "no response": () => 5,
  nothing: () => undefined,
  "a null": () => null,
  "a symbol": () => Symbol("token-canary"),
  "a plain object": () => ({ usersId: "u", sessionToken: "token-canary" }),
  "members that throw": () =>
    new Proxy(
      {},
      {
        get(target, name) {
          if (name === "then") return undefined;
          throw "key-canary";
        },
      },
    ),
  "a body that throws": () => ({
    status: 200,
    get body() {
      throw "key-canary";
    },
  }),
  "a status alone": () => ({ status: 403 }),
  "a success alone": () => ({ status: 200 }),
  "a status in words": () => ({ status: "200", text: async () => user }),
  "a status between": () => ({ status: 200.5, text: async () => user }),
  "a look-alike with a text": () => ({ status: 200, text: async () => user }),
  "a look-alike with a buffer": () => ({ status: 200, arrayBuffer: async () => encode(user).buffer }),
  "a look-alike with json": () => ({ status: 200, json: async () => JSON.parse(user) }),
  "json that is none": () => ({ status: 200, json: async () => JSON.parse("<") }),
  "a text that fails": () => ({ status: 200, text: () => Promise.reject("reset") }),
  "a long text": () => ({ status: 200, text: async () => " ".repeat(1048577) }),
  "read before": read,
  locked,
  "an iterable body": () => iterable(() => [encode(user)]),
  "broken off": () =>
    iterable(function* () {
      yield new Uint8Array([123]);
      throw new Error("reset");
    }),
  "a reader that gives nothing": () => ({ status: 200, body: { getReader: () => ({ read: async () => undefined }) } }),
  "a reader that throws": () => ({
    status: 200,
    body: {
      getReader: () => ({
        read() {
          throw "reset";
        },
      }),
    },
  }),
};

export class Stage {
  requests = [];
  inits = [];
  reads = 0;
  cancelled = 0;
  now = 0;
  timers = new Map();
  bring = () => {};
  #undo = [];

  constructor(name) {
    const { setTimeout } = globalThis;
    this.expireSoon = () => void setTimeout(() => this.expire());
    let next = 1;
    this.replace(globalThis, "fetch", (request, init) => {
      this.requests.push(request);
      this.inits.push(init);
      return fetches[name](request, this);
    });
    this.replace(globalThis, "setTimeout", (callback) => {
      this.timers.set(next, callback);
      return next++;
    });
    this.replace(globalThis, "clearTimeout", (timer) => void this.timers.delete(timer));
    this.replace(performance, "now", () => this.now);
  }

  replace(holder, name, value) {
    const before = Object.getOwnPropertyDescriptor(holder, name);
    this.#undo.push(() => (before ? Object.defineProperty(holder, name, before) : delete holder[name]));
    Object.defineProperty(holder, name, { value, writable: true, configurable: true });
  }

  /** Lets every timer fire that is set. */
  expire() {
    for (const [timer, callback] of this.timers) {
      this.timers.delete(timer);
      callback();
    }
  }

  paths() {
    return this.requests.map(({ method, url }) => `${method} ${url.replace("https://api.catalyze.io", "")}`).join(", ");
  }

  isAborted() {
    return this.requests.at(-1).signal.aborted;
  }

  strike() {
    while (this.#undo.length) this.#undo.pop()();
  }
}

/** Breaks something of the platform's, by its name. */
export const breakPlatform = (stage, name) => {
  const broken = {
    "headers refuse": () =>
      stage.replace(Headers.prototype, "set", () => {
        throw new TypeError("key-canary");
      }),
    "requests throw a text": () =>
      stage.replace(
        globalThis,
        "Request",
        class {
          constructor() {
            throw "key-canary";
          }
        },
      ),
    "no Headers": () => stage.replace(globalThis, "Headers", undefined),
    "no URLSearchParams": () => stage.replace(globalThis, "URLSearchParams", undefined),
    "no AbortController": () => stage.replace(globalThis, "AbortController", undefined),
    "no fetch": () => stage.replace(globalThis, "fetch", undefined),
  };
  broken[name]();
};

/** A signal that counts its listeners. */
export const countedSignal = (controller) => {
  const { signal } = controller;
  signal.listeners = 0;
  for (const [name, step] of [
    ["addEventListener", 1],
    ["removeEventListener", -1],
  ]) {
    signal[name] = (...rest) => {
      signal.listeners += step;
      return AbortSignal.prototype[name].apply(signal, rest);
    };
  }
  return signal;
};

export const throwing = (name) => ({
  get [name]() {
    throw new Error("key-canary");
  },
});

export const inheriting = (options) => Object.create(options);

export const boxed = (text) => new String(text);

/** A turn of the event loop, whatever the stage has made of timers. */
export const turn = () =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });

/** What came of a call. */
export const outcome = async (promise) => {
  try {
    return { value: await promise, code: "" };
  } catch (error) {
    return { error, code: error.code, text: everything(error) };
  }
};

const everything = (error) => {
  let text = "";
  for (let each = error; each; each = each.cause) {
    text += [String(each), each.stack, JSON.stringify(each)];
    for (const key of Reflect.ownKeys(Object(each))) text += String(each[key]) + JSON.stringify(each[key]);
  }
  return text;
};

export const holds = (memory, text) => {
  const bytes = new Uint8Array(memory.buffer);
  const wanted = encode(text);
  for (let at = bytes.indexOf(wanted[0]); at !== -1; at = bytes.indexOf(wanted[0], at + 1)) {
    if (wanted.every((byte, index) => bytes[at + index] === byte)) return true;
  }
  return false;
};
