// The table: the promises about a session, 7 and 8 of docs/promises.md, one by one. The server, Node and the pages of
// three browsers load it, so it uses nothing that only one of them has.
//
// A row's members:
//   group, name  the sentence that the row proves
//   answer       what the raw server sends; without it, the row uses the real sandbox
//   test         proves it, with the help of run.mjs
//   copied       whether the row has a copy of the package to itself, with a channel that no earlier row has opened
//   in           "browsers": only in pages; "node": only in Node
//   tolerates    what the platform may report about a failure that the row causes
import { head, response } from "../driver/answers.mjs";
import { key, password, token, username } from "../driver/credentials.mjs";

export const user = {
  usersId: "5e551011-0000-4000-8000-000000000001",
  active: true,
  createdAt: "2013-11-07T12:00:00Z",
  updatedAt: "2013-11-07T12:00:00Z",
  name: { firstName: "Zoë" },
  languages: [{ language: "English", languageMode: "spoken" }],
  mrns: [
    { institutionsId: "i1", mrn: "m1" },
    { institutionsId: "i2", mrn: "m2" },
  ],
  healthPlans: [{ groupId: "g1" }, { groupId: "g2" }, { groupId: "g3", type: "PPO" }],
};

// --- Answers --------------------------------------------------------------------------------------

const json = (value, status = 200) => response(status, JSON.stringify(value));
const html = (status) => response(status, "<!doctype html><title>Free Wi-Fi</title>", { "Content-Type": "text/html" });
const silence = [{ silence: true }];
/** A body of 1000 bytes without the last hundred. WebKit reports the headers only after some of the body. */
const begun = (status) => [head(status, { "Content-Length": 1000 }), "x".repeat(900)];
const stalled = (status) => [...begun(status), ...silence];
/** A service that repeats what it was sent. */
const echo =
  (status) =>
  ({ headers }) =>
    json({ errors: [{ code: status, message: JSON.stringify(headers) }] }, status);
const withheld = (status) => ({ status, serverErrors: [{ code: status, message: "(withheld: it repeats a secret)" }] });

const usual = {
  signin: json({ ...user, sessionToken: token }),
  verify: json({ userId: user.usersId }),
  signout: json({}),
  [user.usersId]: json(user),
};

/** The service, which behaves well except on `routes`, which are named by the last part of their path. */
const service = (routes = {}) => [
  (exchange) => {
    const name = exchange.route.split("?")[0].split("/").at(-1);
    const answer = routes[name] ?? usual[name] ?? routes.other ?? response(404);
    return typeof answer === "function" ? answer(exchange) : answer;
  },
];

/** One answer after the other, for a table whose rows are requested in order. */
const inTurn = (answers) => {
  let next = 0;
  return (exchange) => {
    const answer = answers[next++ % answers.length];
    return typeof answer === "function" ? answer(exchange) : answer;
  };
};

/** Answers with the status that the path names. */
const asked = ({ route }) =>
  response(Number(route.split("/").at(-1)), [204, 304].includes(Number(route.split("/").at(-1))) ? "" : "{}");

const REDIRECTS = [301, 302, 303, 307, 308];

/** Answers `/<status>/<where to>`. */
const redirecting = ({ route }) => {
  const [, status, ...where] = route.split("?")[0].split("/");
  return response(Number(status), "", { Location: decodeURIComponent(where.join("/")) });
};

// --- What the caller gives ------------------------------------------------------------------------

const signedOut = { code: "signed_out" };
const badInput = { code: "invalid_argument", argument: "input" };
const badInit = { code: "invalid_argument", argument: "init" };
const storeFailed = { code: "store_failed" };
const dead = { code: "signed_out", status: 401 };
const timeout = { code: "timeout" };
const aborted = { code: "aborted" };
const network = { code: "network" };

const SHORT_MS = 400;

/** Signs in without the network, so that none of a short deadline is used up before what comes later. */
const signedIn =
  (it, later = it.platform) =>
  async (url, init) =>
    url.endsWith("/signin") ? new Response(JSON.stringify({ ...user, sessionToken: token })) : later(url, init);

/** A `fetch` that keeps the arguments of each of its `calls`. */
const recording = (it, answer = it.platform) => {
  const given = async (...values) => {
    given.calls.push(values);
    return answer(...values);
  };
  given.calls = [];
  return given;
};

/** A promise, and what resolves it. */
const gate = () => {
  let open;
  const passed = new Promise((resolve) => (open = resolve));
  return { passed, open };
};

/** The service without a network, so that a busy machine can't use up a short deadline. */
const offline = async (url) => new Response(offlineTexts.get(url.split("/").at(-1)));

// Made in advance, since some rows put a `toJSON` on a prototype.
const offlineTexts = new Map(
  Object.entries({
    signin: { ...user, sessionToken: token },
    verify: { userId: user.usersId },
    signout: {},
    [user.usersId]: user,
  }).map(([route, answer]) => [route, JSON.stringify(answer)]),
);

/**
 * Headers and most of the body; the rest comes after `ms`, or never. Ends with `signal`, as the platform's responses
 * do.
 */
const slowResponse = ({ signal }, { status = 200, ms }) => {
  const encode = (text) => new TextEncoder().encode(text);
  const start = (controller) => {
    controller.enqueue(encode("x".repeat(900)));
    signal.addEventListener("abort", () => controller.error(signal.reason));
    const end = () => {
      if (signal.aborted) return;
      controller.enqueue(encode("y".repeat(100)));
      controller.close();
    };
    if (ms) setTimeout(end, ms);
  };
  return new Response(new ReadableStream({ start }), { status });
};

const memory = (text = null) => ({
  text,
  get() {
    return this.text;
  },
  set(value) {
    this.text = value;
  },
  remove() {
    this.text = null;
  },
});

/** The same store, but each method takes a moment. */
const later = (store) => ({
  get: async () => store.get(),
  set: async (text) => store.set(text),
  remove: async () => store.remove(),
});

/** WebKit withholds a 401 until its body is complete. */
const withholds = (it) => it.host.name === "webkit";

const never = () => new Promise(() => {});

/** Ends the session at the service only. */
const kill = (it, session) =>
  it.platform(`${it.base}/v2/auth/signout`, {
    headers: { "X-Api-Key": key, Authorization: `Bearer ${session.token}` },
  });

/** The detail of the event `ended`, once it fires. */
const ended = (session) =>
  new Promise((resolve) => session.addEventListener("ended", ({ detail }) => resolve(detail), { once: true }));

/** Checks everything that a session does once it has ended. */
const isOver = async (it, session) => {
  const before = (await it.seen()).length;
  it.is(session.token, "", "its token");
  await it.fails(() => session.fetch("/v2/users/x"), signedOut);
  await it.fails(() => session.verify(), signedOut);
  await it.gives(() => session.signOut(), { confirmed: true });
  it.is((await it.seen()).length, before, "the number of requests");
};

// --- fetch: 7.1, 7.2, 7.3, 7.4, 7.5, 7.6, 7.7 of docs/promises.md ---------------------------------

const inFetch = [
  {
    name: "a path is appended to baseUrl, whose prefix is kept",
    answer: service({ other: json({}) }),
    async test(it) {
      const session = await it.signIn({ baseUrl: `${it.base}/deep/er/` });
      for (const path of ["/v2/x", "/v2/x?q=a%20b&r=//h", "/", "/@h", "/:80/x", "/v2/é"]) {
        await it.gives(() => session.fetch(path), undefined, { about: path });
      }
      const routes = (await it.seen()).slice(1).map(({ route }) => route);
      it.is(
        routes,
        ["/v2/x", "/v2/x?q=a%20b&r=//h", "/", "/@h", "/:80/x", "/v2/%C3%A9"].map((path) => `/deep/er${path}`),
        "what was asked",
      );
    },
  },
  {
    name: "an absolute URL of baseUrl's own origin is asked, however it is spelled",
    answer: service({ other: json({}) }),
    async test(it) {
      const session = await it.signIn();
      const url = `${it.base}/x`;
      const spellings = [
        url,
        new URL(url),
        url.replace("http", "HTTP"),
        ` ${url}\n`,
        url.replace("127.", "1\t27\n."),
        url.replace("//", "/\\"),
      ];
      for (const input of spellings) await it.gives(() => session.fetch(input), undefined, { about: String(input) });
      it.is((await it.seen("/x")).length, spellings.length, "the number of requests");
    },
  },
  {
    name: "an absolute URL of another origin than baseUrl's, `//host` included, is refused before anything is sent",
    answer: service(),
    async test(it) {
      const session = await it.signIn();
      const [own, other] = [it.base, it.elsewhere].map((url) => new URL(url).host);
      for (const input of [
        ...[it.elsewhere, `${it.elsewhere}/x`, new URL(it.elsewhere), it.elsewhere.replace("http", "hTTp"), it.closed],
        ...[`//${other}/x`, `//${own}/x`, `/\\${other}`, `\\\\${other}`, `\\/${other}`, `\\${other}`, `///${other}`],
        ...[`http://${own}@${other}/`, `http://user@${own}/`, `http://user:pw@${own}/`],
        ...[`http://${own}0/`, `http://${own}.evil.example/`, `https://${own}/`, `ws://${own}/`, `ftp://${own}/`],
        ...[
          `http://localhost:${own.split(":")[1]}/`,
          `http://[::1]:${own.split(":")[1]}/`,
          "http:",
          "http://",
          "http:/x",
          "http:x",
        ],
        ...[`blob:http://${own}/5157`, "javascript:alert(1)", "data:,x", "about:blank", "file:///etc/passwd"],
        ...[
          `\thttp://${other}/`,
          ` //${other}`,
          `\n//${other}`,
          `h\ttp://${other}/`,
          "",
          " ",
          "x",
          "./x",
          "../x",
          "?q",
          "#f",
        ],
      ]) {
        await it.fails(() => session.fetch(input), badInput, { about: String(input) });
      }
      it.is((await it.seen()).length, 1, "the number of requests");
    },
  },
  {
    name: "a name that looks like baseUrl's is another origin",
    answer: service(),
    async test(it) {
      const given = recording(
        it,
        signedIn(it, async () => new Response()),
      );
      const session = await it.signIn({ baseUrl: "https://api.catalyze.io/baas", fetch: given });
      for (const host of [
        ...[
          "аpi.catalyze.io",
          "api.cаtalyze.io",
          "api.catalyze.iо",
          "xn--pi-6kc.catalyze.io",
          "api.catalyze.io.",
          "api-catalyze.io",
        ],
        ...[
          "api.catalyze.io.evil.example",
          "api.catalyze.io@evil.example",
          "evil.example\\@api.catalyze.io",
          "catalyze.io",
        ],
        ...[
          "api.catalyze.io:8443",
          "api.catalyze.io:80",
          "evil.example#api.catalyze.io",
          "evil.example/api.catalyze.io",
          "evil.example?api.catalyze.io",
        ],
      ]) {
        await it.fails(() => session.fetch(`https://${host}/baas/x`), badInput, { about: host });
        await it.fails(() => session.fetch(`//${host}/baas/x`), badInput, { about: `//${host}` });
      }
      // The URL standard maps each of these to the same name.
      for (const host of [
        "API.Catalyze.IO",
        "api.catalyze.io:443",
        "api。catalyze。io",
        "ａｐｉ.catalyze.io",
        "api.catalyze%2Eio",
      ]) {
        await it.gives(() => session.fetch(`https://${host}/x`), undefined, { about: host });
      }
      it.is([...new Set(given.calls.slice(1).map(([url]) => url))], ["https://api.catalyze.io/x"], "where it went");
    },
  },
  {
    name: "a path that a browser could take for another host stays with baseUrl's",
    answer: service({ other: json({}) }),
    async test(it) {
      const session = await it.signIn();
      const { host } = new URL(it.elsewhere);
      const paths = [
        `/\t/${host}`,
        `/\n\\${host}`,
        `/.//${host}`,
        `/x/..//${host}`,
        `/@${host}`,
        `/%2f${host}`,
        `/%5c${host}`,
        `${it.base}\\@${host}/`,
      ];
      for (const path of paths) await it.gives(() => session.fetch(path), undefined, { about: path });
      it.is((await it.seen()).length, 1 + paths.length, "the number of requests to its own server");
    },
  },
  {
    name: "anything but a string, a URL or a Request is refused, and a Request to another origin too",
    answer: service(),
    async test(it) {
      const session = await it.signIn();
      const url = `${it.base}/x`;
      const inputs = [
        undefined,
        null,
        5,
        true,
        {},
        [url],
        new String(url),
        { toString: () => url },
        { href: url },
        Symbol("x"),
        () => url,
      ];
      // An input that gives one address to the package and another to `fetch`.
      const lookalike = {
        [Symbol.toStringTag]: "Request",
        url,
        method: "GET",
        headers: [],
        toString: () => it.elsewhere,
      };
      for (const input of [...inputs, lookalike, new Request(it.elsewhere)]) {
        await it.fails(() => session.fetch(input), badInput, { about: String(Object.prototype.toString.call(input)) });
      }
      await it.fails(() => session.fetch(), badInput);
      it.is((await it.seen()).length, 1, "the number of requests");
    },
  },
  {
    name: "a redirect is invalid_response and is not followed, to the same origin or another",
    answer: service({ other: redirecting, target: json({}) }),
    async test(it) {
      const session = await it.signIn();
      const targets = [
        `${it.base}/target`,
        `${it.elsewhere}/target`,
        "/target",
        `//${new URL(it.elsewhere).host}/target`,
        "javascript:alert(1)",
      ];
      for (const status of REDIRECTS) {
        for (const target of targets) {
          for (const redirect of ["manual", "follow", "error"]) {
            const about = `${status} to ${target}, ${redirect}`;
            // A browser hides the status of a redirect that it does not follow.
            const expected = { code: "invalid_response", ...(it.host.name === "node" && { status }) };
            await it.fails(
              () => session.fetch(`/${status}/${encodeURIComponent(target)}?${redirect}`, { redirect }),
              expected,
              { about },
            );
          }
        }
      }
      it.is((await it.seen()).length, 1 + REDIRECTS.length * targets.length * 3, "the number of requests");
      it.is(session.token, token, "the token");
    },
  },
  {
    name: "a redirect that a given fetch has followed is invalid_response",
    answer: service(),
    async test(it) {
      const followed = async () => Object.defineProperty(new Response("{}"), "redirected", { value: true });
      const session = await it.signIn({ fetch: signedIn(it, followed) });
      await it.fails(() => session.fetch("/x"), { code: "invalid_response" });
    },
  },
  {
    name: '`credentials: "omit"`, whatever the caller says',
    answer: service({ other: json({}) }),
    async test(it) {
      const given = recording(it);
      const session = await it.signIn({ fetch: given });
      for (const init of [{}, { credentials: "include" }, { credentials: "same-origin" }]) {
        await it.gives(() => session.fetch("/x", init));
      }
      await it.gives(() => session.verify(), true);
      await it.gives(() => session.signOut());
      it.is(
        given.calls.map(([, { credentials }]) => credentials),
        Array(6).fill("omit"),
        "the credentials",
      );
    },
  },
  {
    name: "a cookie that was set earlier is not sent",
    in: "browsers",
    answer: service({ other: json({}) }),
    async test(it) {
      // Cookies do not depend on the port, so the server shares this page's.
      document.cookie = "session-canary=1; path=/";
      try {
        await it.platform(`${it.base}/by-the-page`, { credentials: "include", mode: "no-cors" });
        const session = await it.signIn();
        for (const init of [{}, { credentials: "include" }])
          await it.gives(() => session.fetch("/by-the-session", init));
        await it.gives(() => session.verify(), true);
        await it.gives(() => session.signOut(), { confirmed: true });
        const cookies = (await it.seen()).map(({ headers }) => headers.cookie);
        it.is(cookies, ["session-canary=1", ...Array(5).fill(undefined)], "the cookies");
      } finally {
        document.cookie = "session-canary=; path=/; max-age=0";
      }
    },
  },
  {
    name: "adds X-Api-Key, `Authorization: Bearer <token>` and, unless given, `Accept: application/json`",
    async test(it) {
      const session = await it.signIn();
      const answer = await it.gives(() => session.fetch(`/v2/users/${user.usersId}`));
      it.is(await answer.json(), user, "the user");
      const [, { method, body, headers }] = await it.seen();
      it.is([method, body ?? ""], ["GET", ""], "the request");
      it.is(headers["x-api-key"], key, "X-Api-Key");
      it.is(headers.authorization, `Bearer ${session.token}`, "Authorization");
      it.is(headers.accept, "application/json", "Accept");
      await it.gives(() => session.signOut(), { confirmed: true });
    },
  },
  {
    name: "the caller can't override X-Api-Key and Authorization in any spelling, and can Accept",
    answer: service({ other: json({}) }),
    async test(it) {
      const session = await it.signIn();
      const pairs = [
        ["x-API-key", "mine"],
        ["aUTHORIZATION", "Basic mine"],
        ["ACCEPT", "text/plain"],
      ];
      const twice = [...pairs, ["X-Api-Key", "again"], ["authorization", "again"]];
      for (const headers of [Object.fromEntries(pairs), pairs, twice, new Headers(pairs)]) {
        await it.gives(() => session.fetch("/x", { headers }));
      }
      for (const { headers } of await it.seen("/x")) {
        it.is(
          [headers["x-api-key"], headers.authorization, headers.accept],
          [key, `Bearer ${token}`, "text/plain"],
          "the headers",
        );
      }
      it.is((await it.seen("/x")).length, 4, "the number of requests");
    },
  },
  {
    name: "no mode of the caller's keeps the key and the token from what is sent",
    in: "browsers",
    answer: service({ other: json({}) }),
    async test(it) {
      const session = await it.signIn();
      for (const mode of ["cors", "no-cors", "same-origin"]) await session.fetch("/x", { mode }).catch(() => {});
      const without = (await it.seen("/x")).filter(
        ({ headers }) => headers["x-api-key"] !== key || headers.authorization !== `Bearer ${token}`,
      );
      it.is(without.length, 0, "the number of requests without");
    },
  },
  {
    name: "what the caller asks for is what is sent: method, headers and any body",
    answer: service({ other: json({}) }),
    async test(it) {
      const session = await it.signIn();
      for (const [body, type, sent = "a=1"] of [
        ["a=1", "text/plain;charset=UTF-8"],
        [new URLSearchParams({ a: 1 }), "application/x-www-form-urlencoded;charset=UTF-8"],
        [new Blob(["a=1"], { type: "text/csv" }), "text/csv"],
        [new TextEncoder().encode("a=1"), undefined],
        ["", "text/plain;charset=UTF-8", ""],
      ]) {
        const about = type ?? "bytes";
        await it.gives(() => session.fetch("/x", { method: "post", body }), undefined, { about });
        const last = (await it.seen("/x")).at(-1);
        it.is([last.method, last.headers["content-type"], last.body], ["POST", type, sent], about);
      }
      await it.gives(() =>
        session.fetch("/x", { method: "POST", body: "{}", headers: { "content-type": "application/json" } }),
      );
      it.is((await it.seen("/x")).at(-1).headers["content-type"], "application/json", "the given type");
    },
  },
  {
    name: "an init that no request can be made of is refused by its name, and nothing is sent",
    answer: service({ other: json({}) }),
    async test(it) {
      const session = await it.signIn();
      const throwing = {
        get method() {
          throw new Error(token);
        },
      };
      const inits = {
        number: 5,
        text: "x",
        bad: Symbol("x"),
        function: () => {},
        Request: new Request(it.base),
        TRACE: { method: "TRACE" },
        "no method": { method: "a b" },
      };
      const more = {
        "no name": { headers: { "a b": "c" } },
        "no value": { headers: { a: "b\nc" } },
        "no headers": { headers: 5 },
        "body of a GET": { body: "x" },
      };
      const most = {
        "no mode": { mode: "x" },
        "no credentials": { credentials: "x" },
        "no cache": { cache: "x" },
        "a getter that throws": throwing,
      };
      for (const [about, init] of Object.entries({ ...inits, ...more, ...most })) {
        await it.fails(() => session.fetch("/x", init), badInit, { about });
      }
      for (const signal of [5, {}, "x", { aborted: false }, new AbortController()]) {
        await it.fails(
          () => session.fetch("/x", { signal }),
          { code: "invalid_argument", argument: "signal" },
          { about: String(signal) },
        );
      }
      for (const init of [undefined, null, {}, { signal: undefined }, { signal: null }])
        await it.gives(() => session.fetch("/x", init));
      it.is((await it.seen()).length, 6, "the number of requests");
    },
  },
  {
    name: "a body that has been read, or that somebody reads, can't be sent: the argument that holds it is refused, and nothing is sent",
    answer: service({ other: json({}) }),
    async test(it) {
      const session = await it.signIn();
      const request = new Request(`${it.base}/x`, { method: "POST", body: "x" });
      await request.text();
      await it.fails(() => session.fetch(request), badInput);
      const stream = new ReadableStream();
      stream.getReader();
      await it.fails(() => session.fetch("/x", { method: "POST", body: stream, duplex: "half" }), badInit);
      it.is((await it.seen()).length, 1, "the number of requests");
    },
  },
  {
    name: "a stream is sent with the `duplex` that the platform asks for, and without it nothing is sent",
    // Chromium asks for it as well, but sends streams only over HTTP/2. Firefox and WebKit send none.
    in: "node",
    answer: service({ other: json({}) }),
    async test(it) {
      const session = await it.signIn();
      const init = () => ({ method: "POST", body: new Blob(["a=1"]).stream() });
      await it.fails(() => session.fetch("/x", init()), badInit);
      await it.gives(() => session.fetch("/x", { ...init(), duplex: "half" }));
      it.is(
        (await it.seen("/x")).map(({ body }) => body),
        ["a=1"],
        "what was sent",
      );
    },
  },
  {
    name: "an input that throws whatever it is asked is refused by its name",
    answer: service({ other: json({}) }),
    async test(it) {
      const session = await it.signIn();
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      await it.fails(() => session.fetch(proxy), badInput, { about: "a revoked proxy" });
      const complain = () => {
        throw new Error(token);
      };
      const throwing = new Proxy({}, { get: complain, getPrototypeOf: complain });
      await it.fails(() => session.fetch(throwing), badInput, { about: "a proxy that throws" });
    },
  },
  {
    name: "the members of an init count wherever it has them from: a class's getters, too",
    answer: service({ other: json({}) }),
    async test(it) {
      const session = await it.signIn();
      class Init {
        get method() {
          return "POST";
        }
        get body() {
          return "{}";
        }
      }
      await it.gives(() => session.fetch("/x", new (class extends Init {})()));
      const [{ method, body }] = await it.seen("/x");
      it.is([method, String(body)], ["POST", "{}"], "the request");
    },
  },
  {
    name: "what a page makes of its copy of the user changes nothing for the session",
    async test(it) {
      // Not by `it.signIn`, which uses the session before it returns it.
      const session = await it.gives(() => it.api.signIn(key, username, password, it.options));
      session.user.usersId = "another";
      await it.gives(() => it.known(session).verify(), true);
      await it.gives(() => session.signOut(), { confirmed: true });
    },
  },
  {
    name: "resolves with the platform's Response whatever its status, 300 and 304 included",
    answer: service({ other: asked }),
    async test(it) {
      let made;
      const session = await it.signIn({ fetch: async (...values) => (made = await it.platform(...values)) });
      for (const status of [200, 201, 204, 206, 300, 304, 400, 402, 403, 404, 409, 418, 429, 500, 503, 599]) {
        const answer = await it.gives(() => session.fetch(`/${status}`), undefined, { about: status });
        it.is(
          [answer === made, answer instanceof Response, answer.status],
          [true, true, status],
          `the answer ${status}`,
        );
        await answer.text();
      }
      it.is(session.token, token, "the token");
    },
  },
  {
    name: "a 401 ends the session",
    async test(it) {
      const session = await it.signIn();
      const ends = it.ends(session);
      await kill(it, session);
      const answers = await Promise.all([1, 2].map(() => it.gives(() => session.fetch(`/v2/users/${user.usersId}`))));
      it.is(
        answers.map(({ status }) => status),
        [401, 401],
        "the statuses",
      );
      it.is((await answers[0].json()).errors[0].code, 401, "the body");
      await isOver(it, session);
      it.is(ends, ["expired"], "the details of `ended`");
    },
  },
  {
    name: "settles on the headers within timeoutMs, and the body is the caller's to read, however long it takes",
    answer: service(),
    async test(it) {
      const slowly = async (url, init) => slowResponse(init, { ms: 2 * SHORT_MS });
      const session = await it.signIn({ fetch: signedIn(it, slowly), timeoutMs: SHORT_MS });
      const answer = await it.gives(() => session.fetch("/x"), undefined, { timeoutMs: SHORT_MS });
      it.is((await answer.text()).length, 1000, "the body's length");
    },
  },
  {
    name: "the body ends with init.signal, and no listener is left on it",
    answer: service({ other: stalled(200) }),
    async test(it) {
      const session = await it.signIn();
      const controller = new AbortController();
      const answer = await it.gives(() => session.fetch("/x", { signal: controller.signal }), undefined, {
        controller,
      });
      const reading = answer.text().then(
        () => "it was read",
        ({ name }) => name,
      );
      controller.abort();
      it.is(await reading, "AbortError", "how the body ended");
      it.is(session.token, token, "the token");
    },
  },
  {
    name: "fetch settles within the session's timeoutMs",
    answer: service({ other: silence }),
    async test(it) {
      const session = await it.signIn({ fetch: signedIn(it), timeoutMs: SHORT_MS });
      await it.fails(() => session.fetch("/x"), timeout, { timeoutMs: SHORT_MS });
      it.is(session.token, token, "the token");
    },
  },
  {
    name: "fetch, verify and signOut end with the caller's signal, whose reason is the cause",
    answer: service({ other: silence, verify: silence, signout: silence }),
    async test(it) {
      const session = await it.signIn();
      const calls = { x: (options) => session.fetch("/x", options), verify: (options) => session.verify(options) };
      for (const [route, call] of Object.entries(calls)) {
        const controller = new AbortController();
        const settled = it.fails(() => call({ signal: controller.signal }), aborted, { controller, about: route });
        await it.seen(route, 1);
        controller.abort({ no: "error" });
        await settled;
        const before = new AbortController();
        before.abort("a text");
        await it.fails(() => call({ signal: before.signal }), aborted, {
          controller: before,
          about: `${route}, aborted before`,
        });
      }
      const controller = new AbortController();
      const settled = it.signsOutWith(() => session.signOut({ signal: controller.signal }), false, aborted, {
        controller,
      });
      await it.seen("signout", 1);
      controller.abort();
      await settled;
      it.is((await it.seen()).length, 4, "the number of requests");
    },
  },
  {
    name: "what a given fetch does is network or invalid_response, never anything else",
    answer: service(),
    async test(it) {
      const quoting = (init) =>
        new TypeError(`${init.headers.Authorization ?? init.headers.authorization} and ${key} are no header values`);
      for (const [about, given, code] of [
        [
          "throws",
          (url, init) => {
            throw quoting(init);
          },
          "network",
        ],
        ["rejects", (url, init) => Promise.reject(quoting(init)), "network"],
        ["rejects with a text", () => Promise.reject(token), "network"],
        ["nothing", () => undefined, "invalid_response"],
        ["no response", async () => ({ status: "200" }), "invalid_response"],
      ]) {
        const session = await it.signIn({
          fetch: (url, init) => (url.endsWith("/signin") ? signedIn(it)(url) : given(url, init)),
        });
        await it.fails(() => session.fetch("/x"), { code }, { about: `fetch ${about}` });
        await it.fails(() => session.verify(), { code }, { about: `verify ${about}` });
        await it.signsOutWith(() => session.signOut(), false, { code }, { about: `signOut ${about}` });
      }
    },
  },
];

inFetch.push(
  {
    name: "`input` may be a Request, whose method, headers, body and signal count, and what init says counts before it",
    answer: service({ other: json({}) }),
    async test(it) {
      const session = await it.signIn();
      const request = (init) => new Request(`${it.base}/x`, init);
      const headers = { "X-Of": "the request", Accept: "text/plain", Authorization: "Basic mine" };
      const put = { method: "PUT", headers, body: "a=1" };
      const type = "text/plain;charset=UTF-8";
      for (const [about, input, init, expected] of [
        ["alone", request(), undefined, ["GET", "", undefined, "application/json", undefined]],
        ["with all of it", request(put), undefined, ["PUT", "a=1", "the request", "text/plain", type]],
        ["and an empty init", request(put), {}, ["PUT", "a=1", "the request", "text/plain", type]],
        [
          "and undefined members",
          request(put),
          { method: undefined, headers: undefined, body: undefined, signal: undefined },
          ["PUT", "a=1", "the request", "text/plain", type],
        ],
        ["and a method", request(put), { method: "PATCH" }, ["PATCH", "a=1", "the request", "text/plain", type]],
        [
          "and headers",
          request(put),
          { headers: { "X-Of": "init", "Content-Type": "a/b" } },
          ["PUT", "a=1", "init", "application/json", "a/b"],
        ],
        [
          "and a body",
          request({ ...put, body: null }),
          { body: "b=2" },
          ["PUT", "b=2", "the request", "text/plain", type],
        ],
        [
          "with its own credentials and redirect",
          request({ ...put, credentials: "include", redirect: "follow" }),
          {},
          ["PUT", "a=1", "the request", "text/plain", type],
        ],
      ]) {
        await it.gives(() => session.fetch(input, init), undefined, { about });
        const { method, body, headers: sent } = (await it.seen("/x")).at(-1);
        it.is([method, body, sent["x-of"], sent.accept], expected.slice(0, 4), about);
        // Not every platform gives a body from `init` the type that it would have had.
        if (about !== "and a body") it.is(sent["content-type"], expected[4], `the type, ${about}`);
        it.is([sent["x-api-key"], sent.authorization], [key, `Bearer ${token}`], `the key and the token, ${about}`);
      }
    },
  },
  {
    name: "a Request's own signal ends the call and the body, and that of init takes its place",
    answer: service({ other: silence, stalled: stalled(200), x: json({}) }),
    async test(it) {
      const session = await it.signIn();
      const [own, another] = [new AbortController(), new AbortController()];
      const failing = it.fails(() => session.fetch(new Request(`${it.base}/other`, { signal: own.signal })), aborted);
      await it.seen("other", 1);
      own.abort();
      await failing;
      const answer = await it.gives(() => session.fetch(new Request(`${it.base}/stalled`, { signal: another.signal })));
      const reading = answer.text().then(
        () => "it was read",
        ({ name }) => name,
      );
      another.abort();
      it.is(await reading, "AbortError", "how the body ended");
      // The request's signal has aborted, but the signal of `init` counts.
      for (const signal of [null, new AbortController().signal]) {
        await it.gives(
          () => session.fetch(new Request(`${it.base}/x`, { signal: own.signal }), { signal }),
          undefined,
          { about: String(signal) },
        );
      }
    },
  },
  {
    name: "`fetch` takes what the platform's takes: no init, undefined, a Headers object, pairs, a URL, in any order that a client calls it",
    answer: service({ other: json({ a: 1 }) }),
    async test(it) {
      const { fetch } = await it.signIn();
      const url = `${it.base}/x`;
      const controller = new AbortController();
      const pairs = [["X-Of", "init"]];
      for (const [about, ...values] of [
        ["a path alone", "/x"],
        ["undefined", "/x", undefined],
        ["a Headers object", url, { headers: new Headers(pairs) }],
        ["pairs", url, { headers: pairs }],
        ["an object", new URL(url), { headers: Object.fromEntries(pairs) }],
        ["as ky calls it", new Request(url, { headers: pairs, signal: controller.signal }), {}],
        ["as openapi-fetch calls it", new Request(url, { headers: pairs, redirect: "follow" }), undefined],
        [
          "as axios calls it",
          new Request(url, { method: "GET", headers: pairs, credentials: "same-origin", signal: controller.signal }),
          undefined,
        ],
        [
          "as generated clients call it",
          url,
          { method: "GET", headers: pairs, body: undefined, credentials: "include", signal: undefined },
        ],
      ]) {
        const answer = await it.gives(() => fetch(...values), undefined, { about });
        it.is(await answer.json(), { a: 1 }, `the answer, ${about}`);
        const { headers } = (await it.seen("/x")).at(-1);
        it.is(headers["x-of"], values[1]?.headers || values[0].headers ? "init" : undefined, `the header, ${about}`);
      }
    },
  },
  {
    name: "a Request of another frame counts like the page's own",
    in: "browsers",
    answer: service({ other: json({}) }),
    async test(it) {
      const session = await it.signIn();
      const { Request: Another } = it.host.frame();
      await it.gives(() => session.fetch(new Another(`${it.base}/x`, { method: "PUT", body: "a=1" })));
      const [{ method, body }] = await it.seen("/x");
      it.is([method, body], ["PUT", "a=1"], "the request");
      await it.fails(() => session.fetch(new Another(`${it.elsewhere}/x`)), badInput);
    },
  },
);

// --- verify: 7.8 of docs/promises.md --------------------------------------------------------------

const serverErrors = (status) => [{ code: status, message: "No." }];
const errorAnswer = (status, headers = {}) =>
  response(status, JSON.stringify({ errors: serverErrors(status) }), headers);

/** Answers to `GET /v2/auth/verify`, and what they mean. */
const verdicts = [
  ["userId", json({ userId: user.usersId }), true],
  ["usersId", json({ usersId: user.usersId }), true],
  ["201", json({ userId: user.usersId }, 201), true],
  ["userId of no text and usersId", json({ userId: 5, usersId: user.usersId }), true],
  [
    "another user",
    json({ userId: "someone" }),
    { code: "invalid_response", status: 200, path: "userId", expected: "this session's user" },
  ],
  [
    "another usersId",
    json({ usersId: "someone" }),
    { code: "invalid_response", status: 200, path: "usersId", expected: "this session's user" },
  ],
  ["no user", json({}), { code: "invalid_response", status: 200, path: "userId", expected: "non-empty string" }],
  [
    "an empty userId",
    json({ userId: "" }),
    { code: "invalid_response", status: 200, path: "userId", expected: "this session's user" },
  ],
  [
    "a number",
    json({ userId: 5 }),
    { code: "invalid_response", status: 200, path: "userId", expected: "non-empty string" },
  ],
  ["null", json(null), { code: "invalid_response", status: 200, path: "", expected: "object" }],
  ["an array", json([]), { code: "invalid_response", status: 200, path: "", expected: "object" }],
  ["HTML", html(200), { code: "invalid_response", status: 200, path: "", expected: "JSON" }],
  ["nothing", response(200), { code: "invalid_response", status: 200, path: "", expected: "JSON" }],
  ["204", response(204), { code: "invalid_response", status: 204, path: "", expected: "JSON" }],
  ["300", response(300), { code: "invalid_response", status: 300 }],
  ["304", response(304), { code: "invalid_response", status: 304 }],
  ["400", errorAnswer(400), { code: "bad_request", status: 400, serverErrors: serverErrors(400) }],
  ["403", errorAnswer(403), { code: "forbidden", status: 403, serverErrors: serverErrors(403) }],
  ["404", errorAnswer(404), { code: "bad_request", status: 404, serverErrors: serverErrors(404) }],
  [
    "429",
    errorAnswer(429, { "Retry-After": 7 }),
    { code: "rate_limited", status: 429, retryAfterMs: 7000, serverErrors: serverErrors(429) },
  ],
  ["500", errorAnswer(500), { code: "server_error", status: 500, serverErrors: serverErrors(500) }],
  [
    "503",
    errorAnswer(503, { "Retry-After": 1 }),
    { code: "server_error", status: 503, retryAfterMs: 1000, serverErrors: serverErrors(503) },
  ],
  ["an echo", echo(403), { code: "forbidden", ...withheld(403) }],
];

const inVerify = [
  {
    name: "`GET /v2/auth/verify`: true on 2xx naming this user, false on 401, and the session ends",
    async test(it) {
      const session = await it.signIn();
      const ends = it.ends(session);
      await it.gives(() => session.verify(), true);
      const [, { method, route, headers }] = await it.seen();
      it.is([method, route], ["GET", "/v2/auth/verify"], "the request");
      it.is(
        [headers["x-api-key"], headers.authorization, headers.accept],
        [key, `Bearer ${session.token}`, "application/json"],
        "the headers",
      );
      await kill(it, session);
      await it.gives(() => session.verify(), false);
      await isOver(it, session);
      it.is(ends, ["expired"], "the details of `ended`");
    },
  },
  {
    name: "`userId` or `usersId`, another user is invalid_response, anything else rejects with its code",
    answer: service({ verify: inTurn(verdicts.map(([, answer]) => answer)) }),
    async test(it) {
      const session = await it.signIn();
      for (const [about, , expected] of verdicts) {
        if (expected === true) await it.gives(() => session.verify(), true, { about });
        else await it.fails(() => session.verify(), expected, { about });
      }
      it.is(session.token, token, "the token");
    },
  },
  {
    name: "a 401 is false at once, whatever its body does",
    answer: service({
      verify: inTurn([html(401), response(401), stalled(401), [head(401, { "Content-Length": 9 }), "x"]]),
    }),
    async test(it) {
      for (const about of ["HTML", "nothing", "stalls", "breaks off"]) {
        const session = await it.signIn();
        if (about === "stalls" && withholds(it)) {
          await it.fails(() => session.verify({ timeoutMs: SHORT_MS }), timeout, { timeoutMs: SHORT_MS });
          continue;
        }
        await it.gives(() => session.verify(), false, { about });
        it.is(session.token, "", "the token");
      }
    },
  },
  {
    name: "verify settles within its own timeoutMs, headers and body included",
    answer: service({ verify: silence }),
    async test(it) {
      const answers = [it.platform, ...[200, 403].map((status) => async (url, init) => slowResponse(init, { status }))];
      const given = (...values) => (values[0].endsWith("/verify") ? answers.shift() : it.platform)(...values);
      const session = await it.signIn({ fetch: given });
      const verify = () => session.verify({ timeoutMs: SHORT_MS });
      await it.fails(verify, timeout, { timeoutMs: SHORT_MS, about: "silence" });
      await it.fails(verify, timeout, { timeoutMs: SHORT_MS, about: "a body that stalls" });
      await it.fails(
        verify,
        { code: "forbidden", status: 403 },
        { timeoutMs: SHORT_MS, about: "a refusal whose body stalls" },
      );
    },
  },
  {
    name: "verify compares with the user who signed in, whatever becomes of session.user",
    async test(it) {
      const session = await it.signIn();
      session.user.usersId = "someone";
      await it.gives(() => session.verify(), true);
      await it.gives(() => session.signOut(), { confirmed: true });
    },
  },
  {
    name: "bad options of verify are refused by their name, and nothing is sent",
    answer: service(),
    async test(it) {
      const session = await it.signIn();
      for (const [argument, options] of badOptions()) {
        await it.fails(() => session.verify(options), { code: "invalid_argument", argument }, { about: argument });
      }
      it.is((await it.seen()).length, 1, "the number of requests");
    },
  },
];

const badOptions = () => [
  ...[null, 5, "x", true].map((options) => ["options", options]),
  ...[0, -1, NaN, Infinity, "5", null, 5n].map((timeoutMs) => ["timeoutMs", { timeoutMs }]),
  ...[null, {}, "x", { aborted: false }].map((signal) => ["signal", { signal }]),
  [
    "timeoutMs",
    {
      get timeoutMs() {
        throw new Error(token);
      },
    },
  ],
  [
    "signal",
    {
      signal: Object.defineProperty(new AbortController().signal, "aborted", {
        get() {
          throw new Error(token);
        },
      }),
    },
  ],
  [
    "signal",
    {
      signal: Object.defineProperty(new AbortController().signal, "addEventListener", {
        value() {
          throw new Error(token);
        },
      }),
    },
  ],
];

// --- signOut: 7.9, 7.10, 7.11, 7.12, 7.13 of docs/promises.md -------------------------------------

/** Answers to `GET /v2/auth/signout`, and the error of the result if it is not confirmed. */
const farewells = [
  ["200 and {}", json({})],
  ["200 and another object", json({ ok: true })],
  ["200 and nothing", response(200)],
  ["200 and a line break", response(200, "\r\n")],
  ["204", response(204)],
  ["401", errorAnswer(401)],
  ["HTML", html(200), { code: "invalid_response", status: 200, path: "", expected: "JSON" }],
  ["null", json(null), { code: "invalid_response", status: 200, path: "", expected: "object" }],
  ["an array", json([]), { code: "invalid_response", status: 200, path: "", expected: "object" }],
  ["400", errorAnswer(400), { code: "bad_request", status: 400, serverErrors: serverErrors(400) }],
  ["403", errorAnswer(403), { code: "forbidden", status: 403, serverErrors: serverErrors(403) }],
  ["404", errorAnswer(404), { code: "bad_request", status: 404, serverErrors: serverErrors(404) }],
  [
    "429",
    errorAnswer(429, { "Retry-After": 7 }),
    { code: "rate_limited", status: 429, retryAfterMs: 7000, serverErrors: serverErrors(429) },
  ],
  ["500", errorAnswer(500), { code: "server_error", status: 500, serverErrors: serverErrors(500) }],
  ["300", response(300), { code: "invalid_response", status: 300 }],
  ["304", response(304), { code: "invalid_response", status: 304 }],
  ["an echo", echo(403), { code: "forbidden", ...withheld(403) }],
];

const inSignOut = [
  {
    name: "forgets the token locally first, at the call itself; then `GET /v2/auth/signout`, with keepalive",
    async test(it) {
      const given = recording(it);
      const session = await it.signIn({ fetch: given });
      const ends = it.ends(session);
      const { token: held } = session;
      const signingOut = it.gives(() => session.signOut(), { confirmed: true });
      it.is([session.token, ends], ["", ["signed_out"]], "the token and the event, at the call");
      await signingOut;
      const [, { method, route, headers, body }] = await it.seen();
      it.is([method, route, body ?? ""], ["GET", "/v2/auth/signout", ""], "the request");
      it.is(
        [headers["x-api-key"], headers.authorization, headers.accept],
        [key, `Bearer ${held}`, "application/json"],
        "the headers",
      );
      it.is(
        given.calls.map(([, { keepalive }]) => keepalive),
        [undefined, true],
        "keepalive",
      );
      await isOver(it, session);
      await it.fails(() => it.api.resume(key, held, it.options), dead);
      it.is(ends, ["signed_out"], "the details of `ended`");
    },
  },
  {
    name: "accepts 200, 204, an empty body, and 401 as confirmed, and nothing else",
    answer: service({ signout: inTurn(farewells.map(([, answer]) => answer)) }),
    async test(it) {
      for (const [about, , error] of farewells) {
        const session = await it.signIn();
        if (error) await it.signsOutWith(() => session.signOut(), false, error, { about });
        else await it.gives(() => session.signOut(), { confirmed: true }, { about });
        it.is(session.token, "", "the token");
      }
    },
  },
  {
    name: "a 401 is confirmed at once, whatever its body does",
    answer: service({ signout: stalled(401) }),
    async test(it) {
      const session = await it.signIn();
      if (withholds(it))
        await it.signsOutWith(() => session.signOut({ timeoutMs: SHORT_MS }), false, timeout, { timeoutMs: SHORT_MS });
      else await it.gives(() => session.signOut(), { confirmed: true });
      it.is(session.token, "", "the token");
    },
  },
  {
    name: "a redirect is not confirmed, and not followed",
    answer: service({ signout: inTurn(REDIRECTS.map((status) => redirecting({ route: `/${status}/target` }))) }),
    async test(it) {
      for (const status of REDIRECTS) {
        const session = await it.signIn();
        const error = { code: "invalid_response", ...(it.host.name === "node" && { status }) };
        await it.signsOutWith(() => session.signOut(), false, error, { about: status });
      }
      it.is((await it.seen("target")).length, 0, "the number of requests after a redirect");
    },
  },
  {
    name: "never rejects for the network, and the token is gone",
    answer: service(),
    async test(it) {
      const fetch = signedIn(it);
      const session = await it.signIn({ fetch, baseUrl: it.closed });
      await it.signsOutWith(() => session.signOut(), false, network);
      await isOver(it, session);
    },
  },
  {
    name: "never rejects for the deadline, its own or the session's, and the token is gone",
    answer: service({ signout: inTurn([silence, stalled(200)]) }),
    async test(it) {
      const first = await it.signIn();
      await it.signsOutWith(() => first.signOut({ timeoutMs: SHORT_MS }), false, timeout, { timeoutMs: SHORT_MS });
      const second = await it.signIn({ fetch: signedIn(it), timeoutMs: SHORT_MS });
      await it.signsOutWith(() => second.signOut(), false, timeout, { timeoutMs: SHORT_MS });
      await isOver(it, second);
    },
  },
  {
    name: "never rejects for a signal aborted already: nothing is sent, and the token is gone",
    answer: service(),
    async test(it) {
      const session = await it.signIn();
      const controller = new AbortController();
      controller.abort();
      await it.signsOutWith(() => session.signOut({ signal: controller.signal }), false, aborted, { controller });
      await isOver(it, session);
      it.is((await it.seen("signout")).length, 0, "the number of sign-outs");
    },
  },
  {
    name: "bad options reject, and nothing is forgotten",
    async test(it) {
      const session = await it.signIn({ store: memory() });
      const ends = it.ends(session);
      const { token: held } = session;
      for (const [argument, options] of badOptions()) {
        await it.fails(() => session.signOut(options), { code: "invalid_argument", argument }, { about: argument });
        it.is(session.token, held, `the token after ${argument}`);
      }
      it.is(ends, [], "the details of `ended`");
      await it.gives(() => session.verify(), true);
      await it.gives(() => session.signOut({}), { confirmed: true });
    },
  },
  {
    name: "`await using` signs out",
    async test(it) {
      const session = await it.signIn();
      // Safari does not have the symbol yet.
      if (Symbol.asyncDispose) await it.gives(() => session[Symbol.asyncDispose]());
      else await it.gives(() => session.signOut());
      await isOver(it, session);
      it.is((await it.seen("signout")).length, 1, "the number of sign-outs");
    },
  },
  {
    name: "a listener that throws breaks nothing, and neither does one that signs out again",
    tolerates: /the listener's own/,
    async test(it) {
      const session = await it.signIn();
      session.addEventListener("ended", () => {
        throw new Error("the listener's own");
      });
      session.addEventListener("ended", () => void session.signOut());
      const ends = it.ends(session);
      await it.gives(() => session.signOut(), { confirmed: true });
      it.is(ends, ["signed_out"], "the details of `ended`");
      it.is((await it.seen("signout")).length, 1, "the number of sign-outs");
    },
  },
];

// --- resume: 7.14 of docs/promises.md -------------------------------------------------------------

const odd = 'a/../b?c#d é%"';

const inResume = [
  {
    name: "verifies the token, then reads `GET /v2/users/{usersId}`",
    async test(it) {
      const first = await it.signIn();
      const session = await it.resume(key, first.token, it.options);
      it.is([session.user, session.token], [user, first.token], "the session");
      it.is(
        (await it.seen()).slice(1).map(({ method, route }) => `${method} ${route}`),
        ["GET /v2/auth/verify", `GET /v2/users/${user.usersId}`],
        "what was asked",
      );
      await it.gives(() => session.verify(), true);
      await it.gives(() => session.signOut(), { confirmed: true });
    },
  },
  {
    name: "the user's record is the very object that the server sent, without a token",
    answer: service({ [user.usersId]: json({ ...user, unknown: [1, null], sessionToken: "another" }) }),
    async test(it) {
      const session = await it.resume(key, token, it.options);
      it.is([session.user, session.token], [{ ...user, unknown: [1, null] }, token], "the session");
    },
  },
  {
    name: "one deadline over both",
    answer: service(),
    async test(it) {
      const timeoutMs = 1.6 * SHORT_MS;
      const slowly = async (url) => {
        await new Promise((resolve) => setTimeout(resolve, SHORT_MS));
        return offline(url);
      };
      await it.fails(() => it.api.resume(key, token, { ...it.options, fetch: slowly, timeoutMs }), timeout, {
        timeoutMs,
      });
    },
  },
  {
    name: "a dead token rejects with signed_out",
    async test(it) {
      const session = await it.signIn();
      await kill(it, session);
      await it.fails(() => it.api.resume(key, session.token, it.options), dead);
      await it.fails(() => it.api.resume(key, "never-given", it.options), dead);
      it.known({ token: "never-given" });
    },
  },
  {
    name: "a token that dies between the two rejects with signed_out",
    answer: service({ [user.usersId]: errorAnswer(401) }),
    test: (it) => it.fails(() => it.api.resume(key, token, it.options), dead),
  },
  {
    name: "another user's record is invalid_response",
    answer: service({ [user.usersId]: json({ ...user, usersId: "someone" }) }),
    test: (it) =>
      it.fails(() => it.api.resume(key, token, it.options), {
        code: "invalid_response",
        status: 200,
        path: "usersId",
        expected: "this session's user",
      }),
  },
  {
    name: "the record is checked field by field, and its status decides",
    answer: service({
      [user.usersId]: inTurn([
        json({ ...user, mrns: [{ mrn: 5 }] }),
        html(200),
        errorAnswer(403),
        errorAnswer(404),
        errorAnswer(500),
        echo(403),
      ]),
    }),
    async test(it) {
      for (const expected of [
        { code: "invalid_response", status: 200, path: "mrns[0].mrn", expected: "string" },
        { code: "invalid_response", status: 200, path: "", expected: "JSON" },
        { code: "forbidden", status: 403, serverErrors: serverErrors(403) },
        { code: "bad_request", status: 404, serverErrors: serverErrors(404) },
        { code: "server_error", status: 500, serverErrors: serverErrors(500) },
        { code: "forbidden", ...withheld(403) },
      ]) {
        await it.fails(() => it.api.resume(key, token, it.options), expected, { about: expected.code });
      }
    },
  },
  {
    name: "a redirect of either request is invalid_response and is not followed",
    answer: service({
      verify: inTurn([redirecting({ route: "/307/target" }), usual.verify]),
      [user.usersId]: redirecting({ route: "/302/target" }),
    }),
    async test(it) {
      for (const status of [307, 302]) {
        const expected = { code: "invalid_response", ...(it.host.name === "node" && { status }) };
        await it.fails(() => it.api.resume(key, token, it.options), expected, { about: status });
      }
      it.is((await it.seen("target")).length, 0, "the number of requests after a redirect");
    },
  },
  {
    name: "the usersId is percent-encoded",
    answer: service({
      verify: json({ userId: odd }),
      other: json({ usersId: odd }),
    }),
    async test(it) {
      const given = recording(it);
      const session = await it.resume(key, token, { ...it.options, fetch: given });
      it.is(session.user, { usersId: odd }, "the user");
      it.is(
        given.calls[1][0],
        `${it.base}/v2/users/a%2F..%2Fb%3Fc%23d%20%C3%A9%25%22`,
        "the address, with digits in capitals",
      );
      // WebKit has a case of its own for the hexadecimal digits.
      it.is(
        (await it.seen()).at(-1).route.toLowerCase(),
        "/v2/users/a%2f..%2fb%3fc%23d%20%c3%a9%25%22",
        "what was asked",
      );
    },
  },
  {
    name: "a usersId of dots reaches no other route",
    answer: service({
      verify: inTurn([json({ userId: ".." }), json({ userId: "." })]),
      other: json({ usersId: ".." }),
    }),
    async test(it) {
      for (let turn = 0; turn < 2; turn++) await it.api.resume(key, token, it.options).catch(() => {});
      const strays = (await it.seen())
        .map(({ route }) => route)
        .filter((route) => !/^\/v2\/(auth\/verify$|users\/[^/])/.test(route));
      it.is(strays, [], "what else was asked");
    },
  },
  {
    name: "a token is visible ASCII without blanks, and the arguments are checked before anything is sent",
    answer: service(),
    async test(it) {
      for (const bad of [
        "",
        " ",
        "a b",
        " a",
        "a ",
        "a\n",
        "a\r\nX: y",
        "a\tb",
        "é",
        "ａ",
        "\u{1F600}",
        "a\0",
        "\x7f",
        undefined,
        null,
        5,
        {},
        ["a"],
        new String("a"),
        Symbol("a"),
      ]) {
        await it.fails(
          () => it.api.resume(key, bad, it.options),
          { code: "invalid_argument", argument: "token" },
          { about: String(bad?.description ?? bad) },
        );
      }
      for (const bad of ["", "a b", "a\n", null, undefined, 5]) {
        await it.fails(
          () => it.api.resume(bad, token, it.options),
          { code: "invalid_argument", argument: "apiKey" },
          { about: String(bad) },
        );
      }
      for (const [argument, options] of [
        ...badOptions(),
        ["baseUrl", { baseUrl: "http://evil.example" }],
        ["fetch", { fetch: 5 }],
      ]) {
        const given =
          options && typeof options === "object"
            ? Object.defineProperties({ ...it.options }, Object.getOwnPropertyDescriptors(options))
            : options;
        await it.fails(
          () => it.api.resume(key, token, given),
          { code: "invalid_argument", argument },
          { about: argument },
        );
      }
      it.is((await it.seen()).length, 0, "the number of requests");
    },
  },
  {
    name: "resume ends with the caller's signal in either request",
    answer: service({ verify: inTurn([silence, usual.verify]), [user.usersId]: silence }),
    async test(it) {
      for (const [route, count] of [
        ["verify", 1],
        [user.usersId, 1],
      ]) {
        const controller = new AbortController();
        const settled = it.fails(
          () => it.api.resume(key, token, { ...it.options, signal: controller.signal }),
          aborted,
          { controller, about: route },
        );
        await it.seen(route, count);
        controller.abort();
        await settled;
      }
    },
  },
];

// --- Stores: 7.15, 8.1, 8.2, 8.3, 8.4, 8.5, 8.8, 8.9, 8.10, 8.11 of docs/promises.md --------------

const badStore = { code: "invalid_argument", argument: "store" };

const entry = (changes = {}) => ({ version: 1, id: "1-2-3-4", apiKey: key, token, ...changes });

/** Stores whose named methods fail, by throwing or rejecting, with an error that quotes the text they should keep. */
const failing = (methods, how) => {
  const store = memory();
  for (const method of methods) {
    store[method] = (text) => {
      const error = new Error(`${text} ${key} ${token} does not fit`);
      if (how === "throws") throw error;
      return Promise.reject(error);
    };
  }
  return store;
};

const HOW = ["throws", "rejects"];

/** Node 26 has `localStorage`, but using it prints a warning and gives `undefined`. */
const NO_LOCAL_STORAGE = /localStorage is not available/;

const inStores = [
  {
    name: "nothing is stored anywhere by default",
    tolerates: NO_LOCAL_STORAGE,
    async test(it) {
      const areas = () => ["localStorage", "sessionStorage"].map((name) => JSON.stringify(globalThis[name] ?? {}));
      const databases = async () => (await globalThis.indexedDB?.databases?.())?.length ?? 0;
      const caches = async () => ((await globalThis.caches?.keys()) ?? []).length;
      const everything = async () => [
        ...areas(),
        globalThis.document?.cookie ?? "",
        await databases(),
        await caches(),
        globalThis.name ?? "",
      ];
      const before = await everything();
      const session = await it.signIn();
      await it.gives(() => session.verify(), true);
      const resumed = await it.resume(key, session.token, it.options);
      it.is(await everything(), before, "what is stored");
      await it.gives(() => resumed.signOut(), { confirmed: true });
      it.is(await everything(), before, "what is stored");
    },
  },
  {
    name: "a session is taken up again from its store, synchronous or not, and what is stored is version, id, apiKey, token and baseUrl",
    async test(it) {
      for (const asynchronous of [false, true]) {
        const kept = memory();
        const store = asynchronous ? later(kept) : kept;
        const session = await it.signIn({ store });
        const stored = JSON.parse(kept.text);
        it.is(
          stored,
          { version: 1, id: stored.id, apiKey: key, token: session.token, baseUrl: it.base },
          "what is stored",
        );
        it.is([typeof stored.id, stored.id.length > 20], ["string", true], "the identifier");
        const resumed = await it.gives(() => it.api.resume({ store }));
        it.is([resumed.user, resumed.token, resumed.storeError], [user, session.token, undefined], "the session");
        it.is(JSON.parse(kept.text), stored, "what is stored then");
        await it.gives(() => resumed.signOut(), { confirmed: true });
        it.is([kept.text, session.storeError, resumed.storeError], [null, undefined, undefined], "what is left");
        await it.fails(() => it.api.resume({ store }), signedOut);
      }
    },
  },
  {
    name: "the stored session is removed first: before the request, and at the call itself where the store is synchronous",
    answer: service(),
    async test(it) {
      // Longer than any timer of a platform. The call must not time out at once.
      for (const [asynchronous, timeoutMs] of [[false], [true], [true, 1e13]]) {
        const kept = memory();
        const order = [];
        const given = async (url, init) => {
          order.push(url.split("/").at(-1));
          return it.platform(url, init);
        };
        const store = asynchronous ? later(kept) : kept;
        const remove = () => {
          order.push("removed");
          kept.text = null;
        };
        store.remove = asynchronous ? () => it.turn().then(it.turn).then(it.turn).then(remove) : remove;
        const session = await it.signIn({ store, fetch: given });
        const signingOut = it.gives(
          () => session.signOut({ timeoutMs }),
          { confirmed: true },
          { about: String(timeoutMs) },
        );
        if (!asynchronous) it.is([kept.text, order.at(-1)], [null, "removed"], "what is stored at the call");
        await signingOut;
        it.is(order, ["signin", "removed", "signout"], "the order");
      }
    },
  },
  {
    name: "a later sign-in's entry is not removed by an older session's sign-out",
    async test(it) {
      const store = memory();
      const older = await it.signIn({ store });
      const newer = await it.signIn({ store });
      it.is(older.token === newer.token, false, "whether the tokens are one");
      await it.gives(() => older.signOut(), { confirmed: true });
      it.is(newer.token !== "", true, "whether the newer session is alive");
      const resumed = await it.gives(() => it.api.resume({ store }));
      it.is(resumed.token, newer.token, "the token");
      await it.gives(() => resumed.signOut(), { confirmed: true });
      it.is(store.text, null, "what is stored");
    },
  },
  {
    name: "an expired session goes from the store",
    async test(it) {
      const store = memory();
      const session = await it.signIn({ store });
      const kept = store.text;
      await kill(it, session);
      await it.gives(() => session.verify(), false);
      it.is(store.text, null, "what is stored");
      store.text = kept;
      await it.fails(() => it.api.resume({ store }), dead);
      it.is(store.text, null, "what is stored after resume");
    },
  },
  {
    name: "a resume that fails for another reason leaves the store as it is",
    answer: service({ verify: inTurn([errorAnswer(500), html(200), errorAnswer(403)]) }),
    async test(it) {
      const text = JSON.stringify(entry({ baseUrl: it.base }));
      const store = memory(text);
      for (const code of ["server_error", "invalid_response", "forbidden"]) {
        const error = await it.api.resume({ store }).catch((reason) => reason);
        it.is([error.code, store.text], [code, text], code);
      }
      store.text = JSON.stringify(entry({ baseUrl: it.closed }));
      await it.fails(() => it.api.resume({ store }), network);
      it.is(store.text === null, false, "whether it is gone");
    },
  },
  {
    name: "a store that fails in any method never keeps anyone from signing in or out, and it is reported once",
    answer: service(),
    async test(it) {
      for (const how of HOW) {
        for (const [methods, atSignIn, atSignOut] of [
          [["set"], true, false],
          [["remove"], false, true],
          [["get"], false, false],
          [["get", "remove"], false, true],
          [["set", "remove"], true, false],
          [["get", "set", "remove"], true, false],
        ]) {
          const about = `${methods} ${how}`;
          const session = await it.signIn({ store: failing(methods, how) }, { about });
          it.is(session.storeError?.code, atSignIn ? "store_failed" : undefined, `storeError, ${about}`);
          const first = session.storeError;
          if (atSignOut) await it.signsOutWith(() => session.signOut(), true, storeFailed, { about });
          else await it.gives(() => session.signOut(), { confirmed: true }, { about });
          // Each failure is reported once: what the sign-out has reported is not reported again.
          it.is(session.storeError?.code, atSignIn ? "store_failed" : undefined, `storeError at last, ${about}`);
          if (first) it.is(session.storeError === first, true, `whether it is the first, ${about}`);
          if (session.storeError) await it.fails(() => Promise.reject(session.storeError), storeFailed, { about });
        }
      }
      it.is((await it.seen("signout")).length, 12, "the number of sign-outs");
    },
  },
  {
    name: "a store that can't be read makes resume reject with store_failed, and so does what no session has left there",
    answer: service(),
    async test(it) {
      for (const how of HOW)
        await it.fails(() => it.api.resume({ ...it.options, store: failing(["get"], how) }), storeFailed, {
          about: how,
        });
      const { token: none, ...incomplete } = entry({ baseUrl: it.base });
      const texts = ["", "{", "garbage", "null", "5", "[]", "{}", '"x"', "\0", 5, {}, true, JSON.stringify(incomplete)];
      const entries = [
        { version: 2 },
        { version: "1" },
        { token: 5 },
        { token: "a b" },
        { token: "" },
        { apiKey: "a b" },
        { id: 5 },
      ];
      const places = ["", "x", "javascript:alert(1)", "http://evil.example", "https://u:p@h", "https://h/?q"].map(
        (baseUrl) => ({ baseUrl }),
      );
      const bad = [...entries, ...places].map((changes) => JSON.stringify(entry({ baseUrl: it.base, ...changes })));
      for (const text of [...texts, ...bad]) {
        await it.fails(() => it.api.resume({ store: memory(text), timeoutMs: it.options.timeoutMs }), storeFailed, {
          about: String(text),
        });
      }
      it.is((await it.seen()).length, 0, "the number of requests");
    },
  },
  {
    name: "where there is no session, resume rejects with signed_out; where baseUrl is given, a session of another service is none",
    answer: service(),
    async test(it) {
      for (const text of [null, undefined]) {
        for (const store of [memory(text), later(memory(text)), { get: () => text, set() {}, remove() {} }]) {
          await it.fails(() => it.api.resume({ ...it.options, store }), signedOut);
        }
      }
      const store = memory(JSON.stringify(entry({ baseUrl: `${it.base}/` })));
      await it.fails(() => it.api.resume({ store, baseUrl: it.elsewhere }), signedOut);
      it.is((await it.seen()).length, 0, "the number of requests");
      for (const baseUrl of [`${it.base}/`, it.base, new URL(it.base)]) {
        const session = await it.gives(() => it.api.resume({ store, baseUrl }), undefined, {
          about: "a slash at its end",
        });
        it.is(session.token, token, "the token");
      }
    },
  },
  {
    name: "sign-in takes the place of whatever is in the store",
    answer: service(),
    async test(it) {
      for (const text of ["garbage", "null", "5", JSON.stringify(entry({ version: 2, baseUrl: it.base }))]) {
        const store = memory(text);
        const session = await it.signIn({ store });
        it.is([JSON.parse(store.text).token, session.storeError], [token, undefined], "what is stored");
        await it.gives(() => session.signOut(), { confirmed: true });
        it.is(store.text, null, "what is left");
      }
    },
  },
  {
    name: "a store whose set never settles: signIn resolves with the session within its deadline, and signOut is confirmed within its own",
    answer: service(),
    async test(it) {
      const store = { get: never, set: never, remove: never };
      const session = await it.signIn({ store, fetch: offline, timeoutMs: SHORT_MS }, { timeoutMs: SHORT_MS });
      it.is([session.user, session.token], [user, token], "the session");
      await it.fails(() => Promise.reject(session.storeError), storeFailed);
      await it.gives(() => session.verify({ timeoutMs: it.options.timeoutMs }), true);
      const timeoutMs = 5 * SHORT_MS;
      await it.gives(() => session.signOut({ timeoutMs }), { confirmed: true }, { timeoutMs });
    },
  },
  {
    name: "a store whose get or remove never settles: resume and signOut settle within their deadline, and the service is told",
    answer: service(),
    async test(it) {
      for (const method of ["get", "remove"]) {
        const store = { ...later(memory()), [method]: never };
        const given = recording(it, offline);
        const session = await it.signIn({ store, fetch: given });
        const timeoutMs = 5 * SHORT_MS;
        await it.signsOutWith(() => session.signOut({ timeoutMs }), true, storeFailed, { timeoutMs, about: method });
        it.is(given.calls.filter(([url]) => url.endsWith("/signout")).length, 1, `the number of sign-outs, ${method}`);
      }
      await it.fails(() => it.api.resume({ store: { ...memory(), get: never }, timeoutMs: SHORT_MS }), timeout, {
        timeoutMs: SHORT_MS,
      });
    },
  },
  {
    name: "the caller's signal ends the wait for a store: signIn resolves with the session, resume is aborted",
    answer: service(),
    async test(it) {
      const [setting, getting] = [gate(), gate()];
      const at = (reached) => () => {
        reached.open();
        return never();
      };
      const first = new AbortController();
      const signingIn = it.signIn(
        { store: { ...memory(), set: at(setting) }, signal: first.signal },
        { controller: first },
      );
      await setting.passed;
      // The store has been called, but the call has not settled yet.
      await it.turn();
      first.abort();
      it.is((await signingIn).token, token, "the token");
      const second = new AbortController();
      const store = { ...memory(), get: at(getting) };
      const resuming = it.fails(() => it.api.resume({ store, signal: second.signal }), aborted, { controller: second });
      await getting.passed;
      second.abort();
      await resuming;
    },
  },
  {
    name: "a store is an object with get, set and remove, and anything else is refused",
    answer: service(),
    async test(it) {
      const { get, set, remove } = memory();
      for (const store of [
        null,
        5,
        "localStorage",
        true,
        {},
        [],
        () => {},
        { get, set },
        { get, remove },
        { set, remove },
        { get: 5, set, remove },
      ]) {
        await it.fails(() => it.api.signIn(key, it.username, it.password, { ...it.options, store }), badStore, {
          about: String(store),
        });
        await it.fails(() => it.api.resume(key, token, { ...it.options, store }), badStore, { about: String(store) });
        await it.fails(() => it.api.resume({ ...it.options, store }), badStore, { about: String(store) });
      }
      await it.fails(() => it.api.resume({}), badStore);
      await it.fails(() => it.api.resume(it.options), badStore);
      it.is((await it.seen()).length, 0, "the number of requests");
    },
  },
  {
    name: "a resume by key and token is kept in the store it is given",
    async test(it) {
      const first = await it.signIn();
      const store = memory();
      await it.resume(key, first.token, { ...it.options, store });
      const resumed = await it.gives(() => it.api.resume({ store }));
      it.is(resumed.token, first.token, "the token");
      await it.gives(() => resumed.signOut(), { confirmed: true });
    },
  },
  {
    name: "a sign-in that fails leaves the store alone",
    async test(it) {
      const store = memory("what was there");
      for (const method of ["get", "remove", "set"]) store[method] = () => it.is(method, "nothing", "what was called");
      const expected = {
        code: "invalid_credentials",
        status: 401,
        serverErrors: [{ code: 401, message: "The password is wrong." }],
      };
      await it.fails(() => it.api.signIn(key, it.username, "another", { ...it.options, store }), expected);
    },
  },
  {
    name: "webStorage is missing, or there is none: signing in and out works, and resume rejects with store_failed",
    answer: service(),
    async test(it) {
      // Node 22 and later have storages, but not those of a page.
      const absent = globalThis.document ? [] : ["localStorage", "sessionStorage"];
      const areas = [undefined, null, {}, "noSuchStorage", ...absent];
      for (const area of areas) {
        const about = String(area);
        const store = it.api.webStorage(area);
        const session = await it.signIn({ store }, { about });
        it.is(session.storeError?.code, "store_failed", about);
        await it.gives(() => session.signOut(), { confirmed: true }, { about });
        await it.fails(() => it.api.resume({ ...it.options, store }), storeFailed, { about });
      }
    },
  },
  {
    name: "a storage that a server has by a name of the page's is left alone, since all whom it serves would share it",
    in: "node",
    answer: service(),
    async test(it) {
      const kept = memory();
      const shared = {
        getItem: () => kept.get(),
        setItem: (_, text) => kept.set(text),
        removeItem: () => kept.remove(),
      };
      for (const area of ["localStorage", "sessionStorage"]) {
        const descriptor = Object.getOwnPropertyDescriptor(globalThis, area);
        Object.defineProperty(globalThis, area, { configurable: true, get: () => shared });
        try {
          const session = await it.signIn({ store: it.api.webStorage(area) });
          it.is([session.storeError?.code, kept.text], ["store_failed", null], area);
          const known = await it.signIn({ store: it.api.webStorage(shared) });
          it.is([known.storeError, typeof kept.text], [undefined, "string"], `${area}, when given itself`);
          await it.gives(() => known.signOut(), { confirmed: true });
        } finally {
          delete globalThis[area];
          if (descriptor) Object.defineProperty(globalThis, area, descriptor);
        }
      }
    },
  },
  {
    name: "webStorage keeps a session where it says, and under its own name",
    in: "browsers",
    async test(it) {
      for (const [name, area] of [
        ["localStorage", "localStorage"],
        ["sessionStorage", "sessionStorage"],
        ["localStorage", localStorage],
      ]) {
        const before = Object.keys(globalThis[name]);
        const session = await it.signIn({ store: it.api.webStorage(area) });
        it.is(
          Object.keys(globalThis[name]).filter((key) => !before.includes(key)),
          ["catalyze-signin"],
          `the names in ${name}`,
        );
        const resumed = await it.gives(() => it.api.resume({ store: it.api.webStorage(area) }));
        await it.gives(() => resumed.signOut(), { confirmed: true });
        it.is(Object.keys(globalThis[name]), before, `the names in ${name} then`);
        it.is(session.storeError, undefined, "storeError");
      }
    },
  },
  {
    name: "a storage that is full is store_failed, and what was there stays",
    in: "browsers",
    answer: service(),
    async test(it) {
      localStorage.setItem("other", "stays");
      let filled = "filler";
      try {
        for (let size = 8_000_000; size >= 1; size = Math.floor(size / 2)) {
          for (let more = true; more;) {
            try {
              localStorage.setItem(filled, (localStorage.getItem(filled) ?? "") + "x".repeat(size));
            } catch {
              more = false;
            }
          }
        }
        const session = await it.signIn({ store: it.api.webStorage("localStorage") });
        it.is(session.storeError?.code, "store_failed", "storeError");
        it.is(localStorage.getItem("other"), "stays", "what was there");
        await it.gives(() => session.signOut(), { confirmed: true });
      } finally {
        localStorage.clear();
      }
    },
  },
];

/** A storage area that every host has. */
const area = () => {
  const kept = new Map();
  return {
    kept,
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, text) => kept.set(name, text),
    removeItem: (name) => kept.delete(name),
  };
};

/** Pseudorandom numbers from 0 to 1, the same for the same seed. */
const random = (seed) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
};

const SEEDS = Array.from({ length: 40 }, (_, index) => index + 1);

/** A service without a network. It gives each sign-in a token of its own, and knows which tokens are dead. */
const manyTokens = () => {
  const dead = new Set();
  let last = 0;
  const given = async (url, { headers }) => {
    const route = url.split("/").at(-1);
    const held = (headers.Authorization ?? headers.authorization ?? "").replace("Bearer ", "");
    if (route === "signin") return new Response(JSON.stringify({ ...user, sessionToken: `many-${++last}` }));
    if (dead.has(held)) return new Response("{}", { status: 401 });
    if (route === "signout") dead.add(held);
    return offline(url);
  };
  return { dead, fetch: given };
};

/**
 * Signs in and out, resumes, and lets sessions expire, in an order and with pauses that depend on the seed. Returns
 * what is wrong with the outcome.
 */
const interleave = async (it, seed) => {
  const next = random(seed);
  const choose = (values) => values[Math.floor(next() * values.length)];
  const pause = async (most) => {
    for (let turns = Math.floor(next() * most); turns > 0; turns--) await it.turn();
  };
  const faults = [];
  const kept = memory();
  let pending = 0;
  const slowly =
    (work) =>
    async (...values) => {
      if (pending++) faults.push("two operations at once");
      await pause(5);
      const result = work(...values);
      await pause(5);
      pending--;
      return result;
    };
  const isSlow = seed % 4 !== 0;
  const store = isSlow
    ? { get: slowly(() => kept.get()), set: slowly((text) => kept.set(text)), remove: slowly(() => kept.remove()) }
    : kept;
  const { dead, fetch: given } = manyTokens();
  const options = { baseUrl: it.base, fetch: given, store };
  const known = [];
  const calls = [];
  const signedInAs = [];
  const learn = (session) => {
    known.push({ session, ends: it.ends(session), held: session.token });
    return session;
  };
  const fails = (error) =>
    void (error.code === "signed_out" || faults.push(`it failed with ${error.code} ${error.message}`));
  const steps = {
    signIn() {
      const number = signedInAs.length;
      signedInAs.push(undefined);
      return it.api
        .signIn(key, `user-${number}`, "p", options)
        .then((session) => (signedInAs[number] = learn(session)));
    },
    resume: () => it.api.resume({ ...options }).then(learn),
    async signOut() {
      const { session } = choose(known) ?? {};
      const result = await session?.signOut();
      if (result?.error) faults.push(`the sign-out failed with ${result.error.code}`);
    },
    async expire() {
      const { session, held } = choose(known) ?? {};
      if (!session?.token) return;
      dead.add(held);
      await session.verify();
    },
  };
  calls.push(steps.signIn());
  for (let count = 0; count < 14; count++) {
    await pause(12);
    calls.push(steps[choose(["signIn", "signIn", "resume", "resume", "signOut", "signOut", "expire"])]().catch(fails));
  }
  await Promise.all(calls);
  // After all earlier operations on the store.
  const last = await it.api.resume({ ...options }).catch((error) => (fails(error), undefined));
  const newest = signedInAs.at(-1);
  const expected = newest.token;
  if ((last?.token ?? "") !== expected) faults.push(`resume gave ${last?.token}, not ${expected}`);
  if ((JSON.parse(kept.text)?.token ?? "") !== expected) faults.push(`the store holds ${kept.text}, not ${expected}`);
  for (const { session, ends } of known) {
    if (ends.length !== (session.token ? 0 : 1)) faults.push(`\`ended\` fired ${ends.length} times`);
    if (session.storeError) faults.push("a session has a storeError");
  }
  return faults;
};

inStores.push(
  {
    name: "two applications of one origin keep apart: webStorage(area, key) stores under a name of its own",
    answer: service(),
    async test(it) {
      const shared = area();
      const [first, second] = ["first", "second"].map((name) => it.api.webStorage(shared, name));
      const one = await it.signIn({ store: first });
      const another = await it.gives(() =>
        it.api.signIn("another-key", "someone", "p", { ...it.options, store: second }),
      );
      it.is([...shared.kept.keys()], ["first", "second"], "the names");
      const texts = [...shared.kept.values()].map((text) => JSON.parse(text).apiKey);
      it.is(texts, [key, "another-key"], "the keys");
      await it.gives(() => another.signOut(), { confirmed: true });
      it.is([...shared.kept.keys()], ["first"], "what is left");
      const resumed = await it.gives(() => it.api.resume({ store: first }));
      it.is([resumed.token, one.token], [token, token], "the tokens");
      await it.fails(() => it.api.resume({ store: second }), signedOut);
    },
  },
  {
    name: "`resume({ store, apiKey })` takes only a session of that key: another one's stays where it is, and nothing is sent",
    answer: service(),
    async test(it) {
      const kept = memory();
      for (const store of [kept, later(kept)]) {
        await it.signIn({ store });
        const { text } = kept;
        const before = (await it.seen()).length;
        for (const apiKey of ["another-key", `${key}0`, key.split(" ").at(-1), key.toUpperCase()]) {
          await it.fails(() => it.api.resume({ store, apiKey }), signedOut, { about: apiKey });
          it.is(kept.text, text, "what is stored");
        }
        it.is((await it.seen()).length, before, "the number of requests");
        const session = await it.gives(() => it.api.resume({ store, apiKey: key }));
        it.is(session.token, token, "the token");
      }
    },
  },
  {
    name: "bad arguments of resume are refused by their name, whatever is in the store, and the store is not asked",
    answer: service(),
    async test(it) {
      const given = { get: () => it.is("get", "nothing", "what was called"), set() {}, remove() {} };
      const places = [
        "not a url",
        "",
        "/baas",
        "http://evil.example",
        "ftp://h",
        "https://h/?q",
        "https://h/#f",
        "https://u:p@h",
        "https://h/v2",
        "https://h/v2/",
        null,
        5,
        {},
      ];
      const keys = ["", " ", "a b", "a\n", "é", null, 5, {}, ["a"], new String("a")];
      for (const [argument, values] of [
        ["baseUrl", places],
        ["apiKey", keys],
        ["fetch", [null, 5, {}]],
        ["store", [null, 5, {}]],
      ]) {
        for (const value of values) {
          const options = { store: given, ...it.options, [argument]: value };
          await it.fails(
            () => it.api.resume(options),
            { code: "invalid_argument", argument },
            { about: `${argument} ${String(value)}` },
          );
        }
      }
      for (const [argument, options] of badOptions().filter(([argument]) => argument !== "options")) {
        const all = Object.defineProperties(
          { store: given, baseUrl: it.base },
          Object.getOwnPropertyDescriptors(options),
        );
        await it.fails(() => it.api.resume(all), { code: "invalid_argument", argument }, { about: argument });
      }
      it.is((await it.seen()).length, 0, "the number of requests");
    },
  },
  {
    name: "what a store gives that is no text is garbage, whatever it can be turned into",
    answer: service(),
    async test(it) {
      const text = JSON.stringify(entry({ baseUrl: it.base }));
      const lookalikes = {
        object: { toString: () => text, valueOf: () => text, toJSON: () => text },
        String: new String(text),
        array: [text],
        entry: entry({ baseUrl: it.base }),
        number: 5,
        no: false,
        bytes: new TextEncoder().encode(text),
        function: () => text,
        symbol: Symbol(text),
      };
      for (const [about, value] of Object.entries(lookalikes)) {
        for (const get of [() => value, async () => value]) {
          await it.fails(() => it.api.resume({ ...it.options, store: { get, set() {}, remove() {} } }), storeFailed, {
            about,
          });
        }
      }
      it.is((await it.seen()).length, 0, "the number of requests");
    },
  },
  {
    name: "each method of a store is read once, at the call, and is called on the store",
    answer: service(),
    async test(it) {
      const kept = memory();
      const reads = [];
      const store = {};
      for (const name of ["get", "set", "remove"]) {
        const method = function (...values) {
          it.is(this === store, true, `whether ${name} was called on the store`);
          return kept[name](...values);
        };
        Object.defineProperty(store, name, { get: () => (reads.push(name), method) });
      }
      const session = await it.signIn({ store });
      it.is(reads.splice(0), ["get", "set", "remove"], "what was read at the sign-in");
      const resumed = await it.gives(() => it.api.resume({ store }));
      it.is(reads.splice(0), ["get", "set", "remove"], "what was read at the resume");
      await it.gives(() => session.signOut(), { confirmed: true });
      it.is([reads, kept.text, resumed.token], [[], null, ""], "what was read later, and what is left");
    },
  },
  {
    name: "a sign-in that does not wait for an earlier session's sign-out keeps its session, however slow the store is",
    answer: service(),
    async test(it) {
      const kept = memory();
      const order = [];
      const slowly =
        (name) =>
        async (...values) => {
          order.push(`${name} begins`);
          for (let turns = 0; turns < 5; turns++) await it.turn();
          order.push(`${name} ends`);
          return kept[name](...values);
        };
      const store = { get: slowly("get"), set: slowly("set"), remove: slowly("remove") };
      const { fetch: given } = manyTokens();
      const older = await it.signIn({ store, fetch: given });
      order.length = 0;
      const [result, newer] = await Promise.all([it.gives(() => older.signOut()), it.signIn({ store, fetch: given })]);
      it.is(
        [result, JSON.parse(kept.text)?.token, newer.storeError],
        [{ confirmed: true }, newer.token, undefined],
        "what is left",
      );
      it.is(order, ["get begins", "get ends", "remove begins", "remove ends", "set begins", "set ends"], "the order");
    },
  },
  {
    name: "a store's operations run one after the other, and what is left is what the order of the calls says, whatever the delays",
    answer: service(),
    async test(it) {
      for (const seed of SEEDS) it.is(await interleave(it, seed), [], `what is wrong with seed ${seed}`);
    },
  },
);

// --- Tabs: 8.12 of docs/promises.md ---------------------------------------------------------------

/** Records the messages on the channel of the tabs. */
const recordMessages = () => {
  const opened = new BroadcastChannel("catalyze-signin");
  const messages = [];
  opened.addEventListener("message", ({ data }) => messages.push(JSON.stringify(data)));
  return { messages, stop: () => opened.close() };
};

const inTabs = [
  {
    name: "whoever has resumed a session hears of its end, and the message holds no secret",
    async test(it) {
      const store = memory();
      const first = await it.signIn({ store });
      const { token: held } = first;
      const second = await it.gives(() => it.api.resume({ store }));
      const ends = it.ends(second);
      const channel = recordMessages();
      const ending = ended(second);
      await it.gives(() => first.signOut(), { confirmed: true });
      it.is(await ending, "signed_out", "the detail of `ended`");
      await isOver(it, second);
      channel.stop();
      it.is(ends, ["signed_out"], "the details of `ended`");
      it.is(channel.messages.length, 1, "the number of messages");
      it.is(
        channel.messages.some((text) => text.includes(held) || text.includes(key.split(" ").at(-1))),
        false,
        "whether a message holds a secret",
      );
    },
  },
  {
    name: "signing out in one tab ends the session in the other",
    in: "browsers",
    async test(it) {
      for (const here of [true, false]) {
        const tab = await it.host.tab();
        try {
          const store = it.api.webStorage("localStorage");
          const mine = await it.signIn({ store });
          const { token: held } = mine;
          const other = await tab.api.resume({ store: tab.api.webStorage("localStorage") });
          it.is([other.token, other.user.usersId], [held, user.usersId], "the other tab's session");
          it.is(await other.verify(), true, "whether it is alive there");
          const [from, to] = here ? [mine, other] : [other, mine];
          const channel = recordMessages();
          const ending = ended(to);
          it.is((await from.signOut()).confirmed, true, "whether it is confirmed");
          it.is(
            [await ending, to.token, localStorage.getItem("catalyze-signin")],
            ["signed_out", "", null],
            "what is left",
          );
          channel.stop();
          it.is(
            channel.messages.some((text) => text.includes(held)),
            false,
            "whether a message holds the token",
          );
          const error = await to.verify().catch((reason) => reason);
          it.is(
            [error.code, it.api.isSignInError(error)],
            ["signed_out", true],
            "the error of the other tab's next call",
          );
        } finally {
          tab.close();
        }
      }
      it.is((await it.seen("signout")).length, 2, "the number of sign-outs");
    },
  },
  {
    name: "a session that expires in one tab ends in the other, as expired",
    in: "browsers",
    async test(it) {
      const tab = await it.host.tab();
      try {
        const mine = await it.signIn({ store: it.api.webStorage("localStorage") });
        const other = await tab.api.resume({ store: tab.api.webStorage("localStorage") });
        await kill(it, mine);
        const ending = ended(mine);
        it.is(await other.verify(), false, "verify in the other tab");
        it.is(
          [await ending, mine.token, localStorage.getItem("catalyze-signin")],
          ["expired", "", null],
          "what is left",
        );
      } finally {
        tab.close();
      }
    },
  },
  {
    name: "another sign-in in another tab ends no session",
    in: "browsers",
    async test(it) {
      const tab = await it.host.tab();
      try {
        const mine = await it.signIn({ store: it.api.webStorage("localStorage") });
        const ends = it.ends(mine);
        const store = tab.api.webStorage("localStorage");
        const other = it.known(await tab.api.signIn(key, it.username, it.password, { ...it.options, store }));
        it.is((await other.signOut()).confirmed, true, "whether it is confirmed");
        await it.gives(() => mine.verify(), true);
        it.is(ends, [], "the details of `ended`");
        await it.gives(() => mine.signOut(), { confirmed: true });
      } finally {
        tab.close();
        localStorage.clear();
      }
    },
  },
  {
    name: "a page closed in mid-sign-out: the request reaches the service all the same",
    in: "browsers",
    answer: service({ signout: [{ pause: 200 }, ...usual.signout] }),
    async test(it) {
      const tab = await it.host.tab();
      const store = tab.api.webStorage("localStorage");
      const closing = async (url, init) => {
        const answer = tab.fetch(url, init);
        if (url.endsWith("/signout")) tab.close();
        return answer;
      };
      const session = await tab.api.signIn(key, it.username, it.password, { ...it.options, store, fetch: closing });
      void session.signOut().catch(() => {});
      const [request] = await it.seen("signout", 1);
      it.is(request?.headers.authorization, `Bearer ${token}`, "what the service got");
      it.is([tab.closed(), localStorage.getItem("catalyze-signin")], [true, null], "what is left of the tab");
    },
  },
];

inTabs.push({
  name: "no channel keeps the service from being told: sign-out, expiry and resume do what they do where it fails in any way",
  copied: true,
  async test(it) {
    const { prototype } = BroadcastChannel;
    let failures = 0;
    const fail = () => {
      failures++;
      throw new DOMException("not today", "InvalidStateError");
    };
    const { onmessage } = Object.getOwnPropertyDescriptors(prototype);
    const broken = {
      postMessage: { value: fail, configurable: true, writable: true },
      close: { value: fail, configurable: true, writable: true },
      onmessage: { ...onmessage, set: fail, get: fail },
    };
    const { BroadcastChannel: Platform } = globalThis;
    for (const names of [
      ["postMessage"],
      ["close"],
      ["onmessage"],
      ["postMessage", "close", "onmessage"],
      ["constructor"],
      ["absent"],
    ]) {
      const about = names.join(" and ");
      failures = 0;
      const before = Object.fromEntries(
        Object.keys(broken).map((name) => [name, Object.getOwnPropertyDescriptor(prototype, name)]),
      );
      for (const name of names) if (broken[name]) Object.defineProperty(prototype, name, broken[name]);
      if (names[0] === "constructor")
        globalThis.BroadcastChannel = class {
          constructor() {
            fail();
          }
        };
      if (names[0] === "absent") delete globalThis.BroadcastChannel;
      try {
        const store = memory();
        const [first, second] = [
          await it.signIn({ store }),
          await it.gives(() => it.api.resume({ store }), undefined, { about }),
        ];
        const ends = [it.ends(first), it.ends(second)];
        const before = (await it.seen("signout")).length;
        await it.gives(() => first.signOut(), { confirmed: true }, { about });
        it.is(
          [store.text, first.token, second.token, ends],
          [null, "", "", [["signed_out"], ["signed_out"]]],
          `what is left, ${about}`,
        );
        it.is((await it.seen("signout")).length, before + 1, `the number of sign-outs, ${about}`);
        const third = await it.signIn({ store });
        const { text } = store;
        await kill(it, third);
        await it.gives(() => third.verify(), false, { about });
        it.is([store.text, third.token], [null, ""], `what is left after the expiry, ${about}`);
        store.text = text;
        await it.fails(() => it.api.resume({ store }), dead, { about });
        it.is(store.text, null, `what is left after the resume, ${about}`);
        it.is(failures > 0, names[0] !== "absent", `whether anything failed, ${about}`);
        const channels = globalThis.process?.getActiveResourcesInfo().filter((what) => what === "MessagePort");
        it.is(channels ?? [], [], `the channels that keep Node running, ${about}`);
      } finally {
        globalThis.BroadcastChannel = Platform;
        for (const [name, descriptor] of Object.entries(before)) {
          delete prototype[name];
          if (descriptor) Object.defineProperty(prototype, name, descriptor);
        }
      }
    }
  },
});

// --- Races: 4.4, 4.10, 7.13 of docs/promises.md ---------------------------------------------------

/** Holds each answer to a path that ends with `route`, until it is released. */
const holding = (it, route) => {
  const [reached, released] = [gate(), gate()];
  const given = async (url, init) => {
    const answer = await it.platform(url, init);
    if (url.endsWith(route)) {
      reached.open();
      await released.passed;
    }
    return answer;
  };
  return { fetch: given, reached: reached.passed, release: released.open };
};

const inRaces = [
  {
    name: "sign-out while a fetch is under way: the fetch still gets its response, and `ended` fires once",
    async test(it) {
      const held = holding(it, user.usersId);
      const session = await it.signIn({ fetch: held.fetch });
      const ends = it.ends(session);
      const fetching = it.gives(() => session.fetch(`/v2/users/${user.usersId}`));
      await held.reached;
      await it.gives(() => session.signOut(), { confirmed: true });
      held.release();
      it.is(await (await fetching).json(), user, "the answer");
      it.is(ends, ["signed_out"], "the details of `ended`");
    },
  },
  {
    name: "two sign-outs at once are one request",
    async test(it) {
      const session = await it.signIn();
      const ends = it.ends(session);
      await Promise.all([1, 2].map(() => it.gives(() => session.signOut(), { confirmed: true })));
      it.is([(await it.seen("signout")).length, ends], [1, ["signed_out"]], "requests and events");
    },
  },
  {
    name: "verify never says true after the sign-out",
    async test(it) {
      const held = holding(it, "verify");
      const session = await it.signIn({ fetch: held.fetch });
      const verifying = it.fails(() => session.verify(), signedOut);
      await held.reached;
      await it.gives(() => session.signOut(), { confirmed: true });
      held.release();
      await verifying;
    },
  },
  {
    name: "verify and sign-out at once: false or signed_out, and `ended` fires once",
    async test(it) {
      const session = await it.signIn();
      const ends = it.ends(session);
      const [verified] = await Promise.all([
        session.verify().catch(({ code }) => code),
        it.gives(() => session.signOut(), { confirmed: true }),
      ]);
      it.is([false, "signed_out"].includes(verified), true, `whether ${verified} is right`);
      it.is(ends, ["signed_out"], "the details of `ended`");
    },
  },
  {
    name: "a 401 that comes after the sign-out changes nothing",
    answer: service({ verify: errorAnswer(401), other: errorAnswer(401) }),
    async test(it) {
      const held = holding(it, "/x");
      const session = await it.signIn({ fetch: held.fetch });
      const ends = it.ends(session);
      const fetching = it.gives(() => session.fetch("/x"));
      await held.reached;
      await it.gives(() => session.signOut(), { confirmed: true });
      held.release();
      it.is((await fetching).status, 401, "the status");
      it.is(ends, ["signed_out"], "the details of `ended`");
    },
  },
  {
    name: "two 401s at once end the session once",
    answer: service({ verify: errorAnswer(401), other: errorAnswer(401) }),
    async test(it) {
      const session = await it.signIn();
      const ends = it.ends(session);
      await Promise.all([
        it.gives(() => session.verify(), false),
        it.gives(() => session.fetch("/x")),
        it.gives(() => session.verify(), false),
      ]);
      it.is(ends, ["expired"], "the details of `ended`");
    },
  },
  {
    name: "sign-in again while signed in: two sessions with two tokens, and each works",
    async test(it) {
      const [first, second] = [await it.signIn(), await it.signIn()];
      it.is(first.token === second.token, false, "whether the tokens are one");
      await it.gives(() => first.verify(), true);
      await it.gives(() => second.verify(), true);
      await it.gives(() => first.signOut(), { confirmed: true });
      await it.gives(() => second.verify(), true);
      await it.gives(() => second.signOut(), { confirmed: true });
    },
  },
  {
    name: "of two verifies that share a request, aborting one leaves the other alone",
    async test(it) {
      const held = holding(it, "verify");
      const session = await it.signIn({ fetch: held.fetch });
      const controller = new AbortController();
      const first = it.fails(() => session.verify({ signal: controller.signal }), aborted, { controller });
      const second = it.gives(() => session.verify(), true);
      await held.reached;
      controller.abort();
      held.release();
      await Promise.all([first, second]);
      it.is((await it.seen("verify")).length, 1, "the number of requests");
      await it.gives(() => session.signOut(), { confirmed: true });
    },
  },
  {
    name: "two fetches of one path at once are two requests, each with its own body",
    answer: service({ other: json({ a: 1 }) }),
    async test(it) {
      const session = await it.signIn();
      const answers = await Promise.all([1, 2].map(() => it.gives(() => session.fetch("/x"))));
      it.is(await Promise.all(answers.map((answer) => answer.json())), [{ a: 1 }, { a: 1 }], "the bodies");
      it.is((await it.seen("/x")).length, 2, "the number of requests");
    },
  },
  {
    name: "a store and a session survive a trap of the engine: the call rejects with internal, and the next one works",
    answer: service(),
    async test(it) {
      let trapped = 0;
      for (let n = 2, quiet = 0; quiet < 3; n += 2) {
        const api = await it.host.load(`?trap=${n}`);
        await api.init(await it.host.module(`trap-${n}`));
        const store = memory();
        const options = { baseUrl: it.base, fetch: offline, store };
        const trap = async (about, call, expected) => {
          const outcome = await call().catch(({ code }) => code);
          if (outcome === "internal" || outcome?.error?.code === "internal") return true;
          if (expected !== undefined) it.is(outcome, expected, `${about}, entry ${n}`);
          return false;
        };
        let session;
        const signIn = async () => void (session = await api.signIn(key, it.username, it.password, options));
        let traps = 0;
        const once = async (about, call, expected) => {
          if (!(await trap(about, call, expected))) return;
          traps++;
          it.is(await trap(about, call, expected), false, `whether ${about} traps again, entry ${n}`);
        };
        await once("signIn", signIn);
        await once("verify", () => session.verify(), true);
        await once("fetch", async () => (await session.fetch(`/v2/users/${user.usersId}`)).status, 200);
        await once("resume", async () => (await api.resume({ ...options })).token, token);
        // The call that traps here has forgotten the token already.
        if (await trap("signOut", () => session.signOut(), { confirmed: true })) traps++;
        it.is([session.token, store.text, traps < 2], ["", null, true], `what is left, entry ${n}`);
        quiet = traps ? 0 : quiet + 1;
        trapped += traps;
      }
      // At least one trap for each of the five calls.
      it.is(trapped >= 5, true, `whether ${trapped} traps are enough`);
    },
  },
];

// --- Secrets: 1.5, 6.1, 6.3 of docs/promises.md ---------------------------------------------------

const inSecrets = [
  {
    name: "a session shows its user, and neither token nor key nor password, however one looks at it",
    async test(it) {
      const session = await it.signIn({ store: memory() });
      // The watched values are inspected now, when the token is known.
      await it.gives(async () => session);
      it.is(JSON.parse(JSON.stringify(session)), { user }, "its JSON");
      it.is(
        [Object.keys(session), Object.keys({ ...session }), String(session)],
        [["user"], ["user"], "[object Session]"],
        "its members",
      );
      it.is(
        JSON.stringify(structuredCloned(session)).includes(session.token),
        false,
        "whether a clone holds the token",
      );
      await it.gives(() => session.signOut(), { confirmed: true });
      await it.gives(async () => session);
    },
  },
];

/** What `postMessage` would send of the value, if anything. */
const structuredCloned = (value) => {
  try {
    return structuredClone(value);
  } catch {
    return {};
  }
};

// Defects that other clients of this service had. For `Bearer null`, all requests of a run are searched at its end.
const inOthers = [
  {
    name: "an expired token can be signed out of locally (iOS and Android stayed “logged in”)",
    async test(it) {
      const session = await it.signIn();
      await kill(it, session);
      await it.gives(() => session.signOut(), { confirmed: true });
      it.is((await it.seen("signout")).length, 2, "the number of sign-outs");
      await isOver(it, session);
    },
  },
  {
    name: "a transport error is a result and not thrown, and a 204 is no error (the Node wrapper threw and refused)",
    // Firefox repeats the request after a reset.
    answer: service({ signout: ({ route }) => (route.startsWith("/polite/") ? response(204) : [{ reset: true }]) }),
    async test(it) {
      const [first, second] = [await it.signIn(), await it.signIn({ baseUrl: `${it.base}/polite` })];
      await it.signsOutWith(() => first.signOut(), false, network);
      await it.gives(() => second.signOut(), { confirmed: true });
    },
  },
  {
    name: "an error that is no JSON is read as one that says nothing more, and JSON is sent as JSON (the jQuery wrapper did neither)",
    answer: service({ verify: html(502) }),
    async test(it) {
      const session = await it.signIn();
      const message = "<!doctype html><title>Free Wi-Fi</title>";
      await it.fails(() => session.verify(), {
        code: "server_error",
        status: 502,
        serverErrors: [{ code: -1, message }],
      });
      it.is((await it.seen("signin"))[0].headers["content-type"], "application/json", "the type of what was sent");
    },
  },
  {
    name: "mrns and healthPlans come back as themselves, not as languages (iOS looped over the wrong list)",
    async test(it) {
      const { user: first, token: held } = await it.signIn();
      const { user: second } = await it.resume(key, held, it.options);
      for (const { languages, mrns, healthPlans } of [first, second]) {
        it.is([languages, mrns, healthPlans], [user.languages, user.mrns, user.healthPlans], "the lists");
      }
    },
  },
  {
    name: "a list of users comes whole (Android looped over its empty result)",
    answer: service({
      other: json({
        results: [
          { userId: "1", username: "a" },
          { userId: "2", username: "b" },
        ],
      }),
    }),
    async test(it) {
      const session = await it.signIn();
      const { results } = await (await it.gives(() => session.fetch("/v2/users/app/search/a"))).json();
      it.is(
        results.map(({ username }) => username),
        ["a", "b"],
        "the names",
      );
    },
  },
  {
    name: "no username, password or token is a refusal, not a crash (iOS crashed on nil)",
    answer: service(),
    async test(it) {
      for (const nothing of [undefined, null, ""]) {
        for (const [argument, call] of [
          ["username", () => it.api.signIn(key, nothing, "p", it.options)],
          ["password", () => it.api.signIn(key, "u", nothing, it.options)],
          ["token", () => it.api.resume(key, nothing, it.options)],
        ]) {
          await it.fails(call, { code: "invalid_argument", argument }, { about: `${argument} ${nothing}` });
        }
      }
      it.is((await it.seen()).length, 0, "the number of requests");
    },
  },
  {
    name: "no call writes to the console (iOS logged headers and bodies)",
    answer: service({ verify: inTurn([usual.verify, errorAnswer(500)]) }),
    async test(it) {
      // Every row is watched for this; this row does a bit of everything.
      const session = await it.signIn({ store: failing(["set"], "throws") });
      await it.gives(() => session.verify(), true);
      await it.fails(() => session.verify(), { code: "server_error", status: 500, serverErrors: serverErrors(500) });
      await it.gives(() => session.fetch("/x"));
      await it.gives(() => session.signOut(), { confirmed: true });
    },
  },
];

// --- Every call: 1.6, 1.7, 1.8, 1.15, 1.16, 2.11, 4.6, 4.10 of docs/promises.md --------------------

/**
 * Puts members on a prototype while `work` runs. `work` must not use the runner, which would read these members too.
 */
const polluted = async (members, work, holder = Object.prototype) => {
  for (const name of Object.keys(members))
    Object.defineProperty(holder, name, { value: members[name], configurable: true, enumerable: true, writable: true });
  try {
    return await work();
  } catch (error) {
    return error.code ?? error;
  } finally {
    for (const name of Object.keys(members)) delete holder[name];
  }
};

/** Does everything that a caller can do, and returns where each request went and with what. */
const doAll = async (it, options = {}) => {
  const requests = [];
  const given = async (url, init) => {
    // Read as `fetch` reads them, inherited ones too.
    const { method, headers, body, credentials, redirect, mode, signal, keepalive, referrer } = init;
    requests.push([
      url,
      method,
      Object.entries(headers).flat().join(),
      body ?? null,
      credentials,
      redirect,
      mode ?? null,
      signal.aborted,
      keepalive ?? null,
      referrer ?? null,
    ]);
    return offline(url);
  };
  const api = { signIn: it.api.signIn, resume: it.api.resume };
  const session = await api.signIn(key, "name", "p", { fetch: given, ...options });
  await session.fetch(`/v2/users/${user.usersId}`);
  await session.fetch(`/v2/users/${user.usersId}`, {});
  await session.fetch(`/v2/users/${user.usersId}`, { headers: [["X-More", "1"]] });
  await session.verify();
  await session.verify({});
  const resumed = await api.resume(key, session.token, { fetch: given });
  await resumed.signOut({});
  await session.signOut();
  return { requests, token: resumed.token + session.token };
};

const thief = () => {
  const stolen = [];
  const note = (...values) => {
    stolen.push(values);
    return undefined;
  };
  return { stolen, fetch: note, store: { get: note, set: note, remove: note } };
};

/** Bodies that never end by themselves, and when each is cancelled. They yield `chunk` for ever, or nothing. */
const openBodies = {
  "a stream": (chunk) => {
    const { passed, open } = gate();
    const pull = (controller) => (chunk === undefined ? never() : controller.enqueue(chunk));
    return { body: new ReadableStream({ pull, cancel: open }), cancelled: passed };
  },
  "another library's stream": (chunk) => {
    const { passed, open } = gate();
    const next = () => (chunk === undefined ? never() : Promise.resolve({ done: false, value: chunk }));
    return {
      body: { destroy: open, [Symbol.asyncIterator]: () => ({ next, return: async () => ({ done: true }) }) },
      cancelled: passed,
    };
  },
};

const inCalls = [
  {
    name: "a method without its session works: `const { fetch, verify, signOut } = session`",
    async test(it) {
      const session = await it.signIn();
      const { user: known, token: held, fetch, verify, signOut } = session;
      it.is([known, held], [user, session.token], "the user and the token");
      const answer = await it.gives(() => fetch(`/v2/users/${user.usersId}`));
      it.is(await answer.json(), user, "the answer");
      await it.gives(() => verify(), true);
      await it.gives(() => Reflect.apply(verify, { verify: 5 }, []), true);
      await it.gives(() => signOut(), { confirmed: true });
      await isOver(it, session);
      for (const call of [fetch, verify]) await it.fails(() => call("/x"), signedOut);
      await it.gives(() => signOut(), { confirmed: true });
    },
  },
  {
    name: "a session works behind a Proxy: `user`, `token` and the methods do what they do without it",
    async test(it) {
      // Valtio copies the object that it watches, and MobX and Vue pass everything on.
      const copied = (session) => {
        const copy = Object.create(Object.getPrototypeOf(session));
        const proxy = new Proxy(copy, {
          set: (target, name, value, receiver) => Reflect.set(target, name, value, receiver),
        });
        for (const name of Reflect.ownKeys(session)) {
          const descriptor = Object.getOwnPropertyDescriptor(session, name);
          if ("value" in descriptor && descriptor.writable) proxy[name] = session[name];
          else Object.defineProperty(copy, name, descriptor);
        }
        return proxy;
      };
      const passing = { get: (target, name, receiver) => Reflect.get(target, name, receiver) };
      const wrapping = {
        get(target, name, receiver) {
          const value = Reflect.get(target, name, receiver);
          return typeof value === "function" ? new Proxy(value, {}) : value;
        },
      };
      for (const [about, wrap] of Object.entries({
        "an empty one": (session) => new Proxy(session, {}),
        "one in another": (session) => new Proxy(new Proxy(session, passing), passing),
        "one that wraps what it gives": (session) => new Proxy(session, wrapping),
        "one without its receiver": (session) =>
          new Proxy(session, { get: (target, name) => Reflect.get(target, name, target) }),
        "a copy": copied,
        "a snapshot of a copy": (session) => Object.freeze(copied(session)),
        "what inherits from it": (session) => Object.create(session),
      })) {
        const session = await it.signIn({ store: memory() });
        const ends = it.ends(session);
        const proxy = wrap(session);
        it.is([proxy.user, proxy.token, proxy.storeError], [user, session.token, undefined], `what it shows, ${about}`);
        it.is(JSON.stringify(proxy).includes(session.token), false, `whether its JSON holds the token, ${about}`);
        const answer = await it.gives(() => proxy.fetch(`/v2/users/${user.usersId}`), undefined, { about });
        it.is(await answer.json(), user, `the answer, ${about}`);
        await it.gives(() => proxy.verify(), true, { about });
        const { signOut } = proxy;
        await it.gives(() => signOut(), { confirmed: true }, { about });
        it.is([proxy.token, session.token, ends], ["", "", ["signed_out"]], `what is left, ${about}`);
        await it.fails(() => proxy.verify(), signedOut, { about });
      }
    },
  },
  {
    name: "`isSignInError` answers for every value and never throws, and knows the errors of another copy of the package",
    async test(it) {
      const complain = () => {
        throw new Error("not for you");
      };
      const traps = ["get", "has", "getPrototypeOf", "ownKeys", "getOwnPropertyDescriptor", "isExtensible"];
      const throwing = new Proxy({}, Object.fromEntries(traps.map((name) => [name, complain])));
      const revoked = [{}, () => {}, []].map((target) => {
        const { proxy, revoke } = Proxy.revocable(target, {});
        revoke();
        return proxy;
      });
      const lookalikes = [
        { name: "SignInError", code: "network" },
        Object.assign(new Error("x"), { name: "SignInError" }),
        it.api.SignInError,
      ];
      const primitives = [undefined, null, true, 0, NaN, 1n, "", "SignInError", Symbol("x")];
      const more = [
        {},
        Object.create(null),
        [],
        () => {},
        new Error("x"),
        new Proxy(complain, {}),
        {
          get code() {
            return complain();
          },
        },
        globalThis.document?.all,
        globalThis,
      ];
      for (const value of [
        ...primitives,
        ...more,
        ...lookalikes,
        throwing,
        ...revoked,
        new Proxy(function () {}, { get: complain }),
      ]) {
        it.is(it.api.isSignInError(value), false, "the answer for another value");
      }
      it.is(it.api.isSignInError(), false, "the answer for nothing");
      const errors = [await it.api.signIn().catch((error) => error), new it.api.SignInError({ code: "network" })];
      for (const error of errors) {
        for (const value of [error, new Proxy(error, {}), Object.create(error)])
          it.is(it.api.isSignInError(value), true, "the answer for an error");
      }
      // Another copy of the package marks its errors like this.
      it.is(
        it.api.isSignInError({ [Symbol.for("catalyze-signin.SignInError")]: true }),
        true,
        "the answer for another copy's",
      );
    },
  },
  {
    name: "JSON, a structured clone and a message keep the name, the message and every field of an error",
    answer: service({
      verify: inTurn([errorAnswer(429, { "Retry-After": 7 }), errorAnswer(403), json({ userId: 5 }), html(500)]),
    }),
    async test(it) {
      const session = await it.signIn();
      const rejected = (call) =>
        call().then(
          () => undefined,
          (error) => error,
        );
      const errors = [];
      for (let count = 0; count < 4; count++) errors.push(await rejected(() => session.verify()));
      errors.push(
        await rejected(() => it.api.signIn()),
        await rejected(() => session.verify({ signal: AbortSignal.abort() })),
      );
      errors.push(await rejected(() => session.verify({ timeoutMs: "x" })), await rejected(() => session.fetch("//h")));
      it.is(
        errors.map(({ code }) => code),
        [
          "rate_limited",
          "forbidden",
          "invalid_response",
          "server_error",
          "invalid_argument",
          "aborted",
          "invalid_argument",
          "invalid_argument",
        ],
        "the codes",
      );
      const channel = new MessageChannel();
      for (const error of errors) {
        const { name, message } = error;
        const fields = Object.fromEntries(
          ["code", "retryable", "status", "retryAfterMs", "argument", "path", "expected", "serverErrors"]
            .filter((field) => error[field] !== undefined)
            .map((field) => [field, error[field]]),
        );
        const whole = { name, message, ...fields };
        const received = new Promise((resolve) => (channel.port2.onmessage = ({ data }) => resolve(data)));
        channel.port1.postMessage(error.toJSON());
        for (const [about, value] of Object.entries({
          "its JSON": JSON.parse(JSON.stringify(error)),
          "its JSON within others": JSON.parse(JSON.stringify({ errors: [error] })).errors[0],
          "a clone": structuredClone(error.toJSON()),
          "a message": await received,
        })) {
          it.is(value, whole, `${about} of ${error.code}`);
        }
        it.is(
          [name, message.length > 0, String(error)],
          ["SignInError", true, `SignInError: ${message}`],
          "the name and the message",
        );
      }
      channel.port1.close();
      channel.port2.close();
    },
  },
  {
    name: "an option counts wherever it comes from: an own property, a getter, a class, a prototype of its own, another realm",
    answer: service(),
    async test(it) {
      const aborted = new AbortController();
      aborted.abort("enough");
      for (const isAborted of [false, true]) {
        const kept = [];
        const asked = [];
        const options = {
          baseUrl: "https://h.example/baas",
          timeoutMs: 30_000,
          signal: isAborted ? aborted.signal : new AbortController().signal,
          fetch: async (url) => (asked.push(url), offline(url)),
          store: { get: () => null, set: (text) => void kept.push(JSON.parse(text).baseUrl), remove() {} },
        };
        const getters = Object.fromEntries(
          Object.keys(options).map((name) => [name, { get: () => options[name], configurable: true }]),
        );
        class Fields {
          constructor() {
            Object.assign(this, options);
          }
        }
        class Getters {}
        Object.defineProperties(Getters.prototype, getters);
        const places = {
          own: { ...options },
          getters: Object.defineProperties({}, getters),
          "fields of a class": new Fields(),
          "getters of a class": new Getters(),
          "getters of its parent": new (class extends Getters {})(),
          "a prototype": Object.create({ ...options }),
          "no prototype": Object.assign(Object.create(null), options),
          "a prototype without one": Object.create(Object.assign(Object.create(null), options)),
          frozen: Object.freeze({ ...options }),
          "a proxy": new Proxy({ ...options }, {}),
          "a function's object": Object.assign(Object.create(Function.prototype), options),
        };
        if (it.host.frame) {
          const { Object: Another } = it.host.frame();
          places["another realm"] = Another.assign(new Another(), options);
          places["a prototype of another realm"] = Another.create(Another.assign(new Another(), options));
        }
        for (const [about, place] of Object.entries(places)) {
          kept.length = asked.length = 0;
          if (isAborted)
            await it.fails(
              () => it.api.signIn(key, about, "p", place),
              { code: "aborted", cause: "enough" },
              { about },
            );
          else await it.gives(() => it.api.signIn(key, about, "p", place), undefined, { about });
          const expected = isAborted
            ? [[], []]
            : [["https://h.example/baas/v2/auth/signin"], ["https://h.example/baas"]];
          it.is([asked, kept], expected, `what was asked and kept, ${about}`);
        }
      }
    },
  },
  {
    name: "what Object.prototype holds is no option: the password, the key and the token go nowhere else",
    answer: service(),
    async test(it) {
      const expected = await doAll(it);
      it.is(expected.requests.length, 10, "the number of requests");
      const { stolen, fetch: stealing, store } = thief();
      const everything = {
        ...{
          baseUrl: it.elsewhere,
          timeoutMs: 1e-9,
          signal: AbortSignal.abort("stolen"),
          store,
          apiKey: "another-key",
          invalid: new Error("stolen"),
        },
        ...{
          url: `${it.elsewhere}/stolen`,
          token: "stolen",
          usersId: "stolen",
          error: { code: "internal" },
          otherwise: { code: "internal" },
          step: "signed_in",
          id: "stolen",
          argument: "stolen",
          operation: "verify",
        },
        ...{
          method: "DELETE",
          headers: { "X-Evil": "1" },
          body: "stolen",
          credentials: "include",
          redirect: "follow",
          mode: "no-cors",
          cache: "force-cache",
        },
        ...{
          referrer: "about:client",
          referrerPolicy: "unsafe-url",
          integrity: "sha256-x",
          keepalive: true,
          duplex: "full",
          priority: "high",
          window: null,
        },
      };
      const each = Object.keys(everything).map((name) => [name, { [name]: everything[name] }]);
      // WebKit's own streams would read this `mode` as an option of `getReader()`.
      const { mode, ...others } = everything;
      const isWebKit = it.host.name === "webkit";
      const some = isWebKit ? each.filter(([name]) => name !== "mode") : each;
      for (const [about, members] of [...some, ["all of them", isWebKit ? others : everything]]) {
        const outcome = await polluted(members, () => doAll(it));
        it.is(outcome, expected, about);
      }
      // A `fetch` is given here, and the prototype's must not replace it. Without a given one, the platform's counts.
      it.is(await polluted({ fetch: stealing }, () => doAll(it)), expected, "fetch");
      const { fetch: platform } = globalThis;
      globalThis.fetch = offline;
      const without = await polluted({ fetch: stealing }, async () => (await it.api.signIn(key, "name", "p")).token);
      globalThis.fetch = platform;
      it.is([without, stolen], [token, []], "what was stolen");
    },
  },
  {
    name: "what Object.prototype holds is no member of a request that the platform sends",
    answer: service({ other: json({}) }),
    async test(it) {
      const members = {
        method: "DELETE",
        headers: { "X-Evil": "1" },
        credentials: "include",
        redirect: "follow",
        keepalive: true,
        referrerPolicy: "unsafe-url",
      };
      if (it.host.name !== "webkit") members.mode = "no-cors";
      const { base } = it;
      const outcome = await polluted(members, async () => {
        const session = await it.api.signIn(key, "name", "p", { baseUrl: base });
        const { status } = await session.fetch("/x");
        return [status, await session.verify(), (await session.signOut()).confirmed];
      });
      it.is(outcome, [200, true, true], "the outcome");
      const requests = (await it.seen()).map(({ method, route, headers }) => [
        method,
        route,
        headers["x-evil"],
        headers["x-api-key"],
      ]);
      it.is(
        requests,
        [
          ["POST", "/v2/auth/signin"],
          ["GET", "/x"],
          ["GET", "/v2/auth/verify"],
          ["GET", "/v2/auth/signout"],
        ].map((request) => [...request, undefined, key]),
        "what was asked",
      );
    },
  },
  {
    name: "a `get` or a `set` on Object.prototype, which makes every property descriptor invalid, does no harm to a session",
    async test(it) {
      for (const name of ["get", "set"]) {
        for (const value of [5, () => "stolen"]) {
          const ends = [];
          // Not the platform's Response: Node's own can't be made meanwhile.
          const fetch = async (url) => ({ status: 200, text: async () => offlineTexts.get(url.split("/").at(-1)) });
          const outcome = await polluted({ [name]: value }, async () => {
            const session = await it.api.signIn(key, "name", "p", { fetch });
            session.addEventListener("ended", (event) => ends.push(event.detail));
            return [session.token, (await session.signOut()).confirmed, session.token];
          });
          it.is([outcome, ends], [[token, true, ""], ["signed_out"]], `${name}: ${typeof value}`);
        }
      }
    },
  },
  {
    name: "however many calls share a signal, it has one listener of theirs (Node 20 warns of the eleventh), which ends them all",
    answer: service(),
    async test(it) {
      const controller = new AbortController();
      const { signal } = controller;
      let [left, most] = [0, 0];
      for (const [method, change] of [
        ["addEventListener", 1],
        ["removeEventListener", -1],
      ]) {
        const platform = signal[method];
        signal[method] = (...values) => {
          left += change;
          most = Math.max(most, left);
          return platform.apply(signal, values);
        };
      }
      const session = await it.signIn();
      const waits = () => new Promise(() => {});
      const options = (fetch) => ({ ...it.options, signal, fetch });
      const isAlive = await Promise.all(
        [...Array(15).keys()].map((number) =>
          it.api.signIn(key, `name-${number}`, "p", options(offline)).then((found) => found.token === token),
        ),
      );
      it.is([isAlive.every(Boolean), left], [true, 0], "the sessions, and the listeners that are left of them");
      const calls = [...Array(15).keys()].map((number) => it.api.signIn(key, `name-${number}`, "p", options(waits)));
      calls.push(session.verify({ signal }), session.verify({ signal }));
      // The sign-ins get to their requests.
      await it.turn();
      const codes = Promise.all(calls.map((call) => call.catch((error) => error.code)));
      controller.abort();
      it.is(await codes, Array(17).fill("aborted"), "the codes");
      // One more while an option is checked.
      it.is([left, most], [0, 2], "the listeners that are left, and the most at once");
    },
  },
  {
    name: "a `toJSON` on a prototype changes nothing of what is sent, stored and read",
    answer: service(),
    async test(it) {
      const once = async () => {
        const kept = [];
        const store = { get: () => kept.at(-1), set: (text) => void kept.push(text), remove() {} };
        const { requests } = await doAll(it);
        const session = await it.api.signIn(key, "name", "p", { fetch: offline, store });
        const error = await it.api
          .signIn(key, "name", "p", { fetch: async () => ({ status: 400, text: async () => '{"errors":["No."]}' }) })
          .catch((reason) => reason);
        const { user: known } = await it.api.resume({ store, fetch: offline });
        return {
          requests,
          kept: kept.map((text) => text.replace(/"id":"[^"]*"/, "")),
          token: session.token,
          known,
          errors: error.serverErrors,
          code: error.code,
        };
      };
      const expected = await once();
      for (const holder of [Object, Array, String, Number, Boolean, Function].map(({ prototype }) => prototype)) {
        const outcome = await polluted({ toJSON: () => "stolen" }, once, holder);
        it.is(outcome, expected, `all of it, with ${holder.constructor.name}'s`);
      }
    },
  },
  {
    name: "a body whose answer is not wanted, or not to its end, is cancelled: one that is late, too long, unusable, never to the end, or not read at all",
    answer: service(),
    async test(it) {
      const timeoutMs = 100;
      const controller = () => new AbortController();
      for (const [kind, make] of Object.entries(openBodies)) {
        for (const [what, { status = 200, chunk, expected, late, abort, hurried }] of Object.entries({
          "late, after the deadline": { late: true, expected: timeout, hurried: true },
          "late, after an abort": { late: true, expected: aborted, abort: true },
          "a late refusal": { late: true, status: 401, expected: timeout, hurried: true },
          "never to the end": { expected: timeout, hurried: true },
          "never to the end, until an abort": { expected: aborted, abort: true },
          "too long": {
            chunk: new Uint8Array(65_536),
            expected: { code: "invalid_response", status: 200, path: "", expected: "at most 1048576 bytes" },
          },
          "of no bytes": { chunk: 5, expected: { code: "invalid_response", status: 200, path: "", expected: "JSON" } },
          "a refusal that is too long": {
            status: 403,
            chunk: new Uint8Array(65_536),
            expected: { code: "forbidden", status: 403 },
          },
          "a refusal that never ends": { status: 403, expected: { code: "forbidden", status: 403 }, hurried: true },
          "a redirect": {
            status: 302,
            chunk: new Uint8Array(65_536),
            expected: { code: "invalid_response", status: 302 },
          },
          "a 304": { status: 304, chunk: new Uint8Array(65_536), expected: { code: "invalid_response", status: 304 } },
        })) {
          const about = `${kind}, ${what}`;
          const { body, cancelled } = make(chunk);
          const [reached, released] = [gate(), gate()];
          const given = async () => {
            reached.open();
            if (late) await released.passed;
            return { status, headers: new Map(), body };
          };
          const aborting = abort ? controller() : undefined;
          const options = {
            ...it.options,
            fetch: given,
            ...(hurried && { timeoutMs }),
            ...(abort && { signal: aborting.signal }),
          };
          const settled = it.fails(() => it.api.signIn(key, about, "p", options), expected, {
            about,
            controller: aborting,
            ...(hurried && { timeoutMs }),
          });
          await reached.passed;
          if (!late) await it.turn();
          aborting?.abort();
          await settled;
          released.open();
          await cancelled;
        }
      }
    },
  },
  {
    name: "the bodies of a session's own calls are cancelled where they are not wanted, and a body that the caller has got is not",
    answer: service(),
    async test(it) {
      const timeoutMs = 100;
      for (const [kind, make] of Object.entries(openBodies)) {
        for (const [what, call, { status = 200, late, check }] of [
          ["verify, late", (session) => session.verify({ timeoutMs }), { late: true }],
          ["verify, never to the end", (session) => session.verify({ timeoutMs }), {}],
          ["verify, a 401", (session) => session.verify({ timeoutMs }), { status: 401, check: false }],
          ["fetch, late", (session) => session.fetch("/x"), { late: true }],
          ["fetch, a redirect", (session) => session.fetch("/x"), { status: 302 }],
          ["signOut, late", (session) => session.signOut({ timeoutMs }), { late: true }],
          ["signOut, never to the end", (session) => session.signOut({ timeoutMs }), {}],
          ["signOut, a 401", (session) => session.signOut({ timeoutMs }), { status: 401 }],
        ]) {
          const { body, cancelled } = make();
          const released = gate();
          const given = async () => {
            if (late) await released.passed;
            return { status, headers: new Map(), body };
          };
          const session = await it.signIn({
            fetch: signedIn(it, given),
            timeoutMs: what.startsWith("fetch, late") ? timeoutMs : it.options.timeoutMs,
          });
          const outcome = await call(session).then(
            (value) => value,
            ({ code }) => code,
          );
          if (check !== undefined) it.is(outcome, check, `${kind}, ${what}`);
          released.open();
          await cancelled;
        }
        const { body, cancelled } = make(new Uint8Array(1));
        const session = await it.signIn({
          fetch: signedIn(it, async () => ({ status: 200, headers: new Map(), body })),
        });
        let isCancelled = false;
        cancelled.then(() => (isCancelled = true));
        const answer = await it.gives(() => session.fetch("/x"));
        await it.turn();
        it.is(
          [answer.body === body, isCancelled],
          [true, false],
          `whether the body is the caller's, and whether it is cancelled, ${kind}`,
        );
      }
    },
  },
  {
    name: "calls that share a request have each its own deadline, then and later",
    answer: service(),
    async test(it) {
      const held = gate();
      const asked = [];
      const given = async (url, init) => {
        const route = url.split("/").at(-1);
        asked.push(route);
        if (route === "verify") await held.passed;
        return offline(url, init);
      };
      const signIn = (timeoutMs) =>
        it.api.signIn(key, it.username, it.password, { ...it.options, fetch: given, timeoutMs });
      const [patient, hurried, another] = await Promise.all([
        signIn(it.options.timeoutMs),
        signIn(SHORT_MS),
        signIn(SHORT_MS),
      ]);
      it.is(asked, ["signin"], "what was asked");
      it.is(another.token, hurried.token, "the tokens");
      const verified = it.gives(() => patient.verify(), true);
      await it.fails(() => hurried.verify(), timeout, { timeoutMs: SHORT_MS });
      await it.fails(() => hurried.fetch("/verify"), timeout, { timeoutMs: SHORT_MS });
      held.open();
      await verified;
      it.is([patient.token, hurried.token], [token, token], "the tokens");
    },
  },
];

const groups = {
  calls: inCalls,
  fetch: inFetch,
  verify: inVerify,
  signOut: inSignOut,
  resume: inResume,
  stores: inStores,
  tabs: inTabs,
  races: inRaces,
  secrets: inSecrets,
  "defects of other clients": inOthers,
};

export const cases = Object.entries(groups).flatMap(([group, rows]) => rows.map((row) => ({ group, ...row })));
