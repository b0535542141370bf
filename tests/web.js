// What a page can hand to `signIn`, well-behaved or not.

const user = '{"usersId":"u","email":{"primary":"p"},"unknown":[1,null],"sessionToken":"token-canary"}';

const answer = (body, init) => async () => new Response(body, init);

const endless = () => {
  let step = 0;
  return new ReadableStream({ pull: (stream) => stream.enqueue(new Uint8Array([32, step++ % 128])) });
};

const routes = {
  signin: user,
  verify: '{"userId":"u"}',
  u: '{"usersId":"u"}',
  signout: "{}",
};

const fetches = {
  user: answer(user),
  "the service": async (url) => new Response(routes[url.split("/").at(-1)]),
  "no token": answer('{"usersId":"u"}'),
  "wrong type": answer('{"usersId":"u","sessionToken":"t","addresses":[{},{"city":5}]}'),
  page: answer("<!doctype html><title>Free Wi-Fi</title>"),
  empty: answer(""),
  "not utf-8": answer(new Uint8Array([0x22, 0xff, 0x22])),
  mark: answer(new Uint8Array([0xef, 0xbb, 0xbf, ...new TextEncoder().encode(user)])),
  "too long": answer(new Uint8Array(1048577).fill(32)),
  endless: async () => new Response(endless()),
  401: answer('{"errors":[{"code":401,"message":"No."}]}', { status: 401 }),
  404: answer("", { status: 404 }),
  echo: answer("You sent password-canary and key-canary", { status: 400 }),
  429: answer("", { status: 429, headers: { "Retry-After": "7" } }),
  503: answer("<html>", { status: 503 }),
  302: answer("", { status: 302, headers: { Location: "/elsewhere" } }),
  followed: async () => Object.defineProperty(new Response(user), "redirected", { value: true }),
  "stalled 403": async () => new Response(new ReadableStream(), { status: 403 }),
  stalled: async () => new Response(new ReadableStream()),
  silent: () => new Promise(() => {}),
  throws: () => {
    throw new TypeError("password-canary is not a header value");
  },
  "rejects with a text": () => Promise.reject("key-canary"),
  "rejects with nothing": () => Promise.reject(),
  "no promise": () => new Response(user),
  "no response": async () => 5,
  nothing: async () => undefined,
  "a status alone": async () => ({ status: 403 }),
  "a success alone": async () => ({ status: 200 }),
  "a status in words": async () => ({ status: "200", text: async () => user }),
  "a look-alike": async () => ({ status: 200, text: async () => user }),
  "an iterable body": async () => ({
    status: 200,
    body: (async function* () {
      yield new TextEncoder().encode(user);
    })(),
  }),
  "broken off": async () => ({
    status: 200,
    body: (async function* () {
      yield new Uint8Array([123]);
      throw new Error("reset");
    })(),
  }),
};

export const fetchOf = (name) => fetches[name];

// What only the deadline ends. It is short there, and out of the way of a busy machine everywhere else.
const stalling = new Set(["stalled 403", "stalled", "silent", "endless"].map(fetchOf));

export const options = (fetch, more) => ({ fetch, timeoutMs: stalling.has(fetch) ? 60 : 30_000, ...more });

export const boxed = (text) => new String(text);

// What came of a call.
export const outcome = async (promise) => {
  try {
    const session = await promise;
    return { session, code: "" };
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

export const counting = (fetch) => {
  const counted = (...request) => {
    counted.requests.push(request);
    return fetch(...request);
  };
  counted.requests = [];
  if (stalling.has(fetch)) stalling.add(counted);
  return counted;
};

export const holds = (memory, text) => {
  const bytes = new Uint8Array(memory.buffer);
  const wanted = new TextEncoder().encode(text);
  for (let at = bytes.indexOf(wanted[0]); at !== -1; at = bytes.indexOf(wanted[0], at + 1)) {
    if (wanted.every((byte, index) => bytes[at + index] === byte)) return true;
  }
  return false;
};
