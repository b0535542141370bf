// The cause of a `network` error: the platform's own code and nothing else. 5.11, 5.17, 6.1, 6.2 of docs/promises.md.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { createServer as createSecureServer } from "node:tls";
import { after, before, test } from "node:test";
import { inspect } from "node:util";
import { packageUrl } from "../driver/modules.mjs";

const { isSignInError, signIn } = await import(`${packageUrl}index.js`);
const nodeFetch = (await import("node-fetch")).default;

/** Signed by itself, for 127.0.0.1 and this test alone. Its key opens nothing else. */
const certificate = `-----BEGIN CERTIFICATE-----
MIIBkDCCATagAwIBAgIUTP/J7oIzYoIOovlSIorzwh7Bb3AwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2MTEyODAzMTQ1MVoYDzIxMjYxMTA0
MDMxNDUxWjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARdYrrXRQJYhtYnkRB7FlWkOu7Ul0DZ9pVZVsMV9KxP3zFiVVHA8nDS
6lUwfufLDUeqcGhuqAfTVbsC2Tc2nTW0o2QwYjAdBgNVHQ4EFgQULvA+ArAzBS8R
ZUHOBM1A3yH2LDAwHwYDVR0jBBgwFoAULvA+ArAzBS8RZUHOBM1A3yH2LDAwDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0gAMEUC
IQDl7O8cVBKgxGqaKZsyxTBnfFWnXwY/QZoO/Izp+Dc+PwIgShczrHLQxu2vnHpD
Kro7ax5xjhIgghW34Yg+u0MVinM=
-----END CERTIFICATE-----`;
const privateKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgLed1jU9DC+6Jw/He
WME32o/a21OBjgpQn6AjC2olWUahRANCAARdYrrXRQJYhtYnkRB7FlWkOu7Ul0DZ
9pVZVsMV9KxP3zFiVVHA8nDS6lUwfufLDUeqcGhuqAfTVbsC2Tc2nTW0
-----END PRIVATE KEY-----`;

const servers = [];
const listening = async (server) => {
  servers.push(server.listen(0, "127.0.0.1"));
  await once(server, "listening");
  return server.address().port;
};

let closed, resetting, secure, silent;
before(async () => {
  const gone = createServer();
  closed = await listening(gone);
  gone.close();
  resetting = await listening(createServer((socket) => void socket.once("data", () => socket.resetAndDestroy())));
  secure = await listening(createSecureServer({ key: privateKey, cert: certificate }));
  silent = await listening(createServer((socket) => void socket.once("data", () => socket.end())));
});
after(() => servers.forEach((server) => server.close()));

const key = "browser network.example KEY_CANARY_7D1F";
const password = "PASSWORD_CANARY_93AB";

const failing = (options) =>
  signIn(key, "name", password, options).then(
    () => assert.fail("it should have rejected"),
    (error) => error,
  );

/** Nothing but the code: no text of the platform's, which may quote a header. */
function assertBare(error, code) {
  assert.ok(isSignInError(error));
  assert.equal(error.code, "network");
  assert.deepEqual([error.cause?.code, error.cause?.message], [code, code]);
  if (code)
    assert.deepEqual(
      [Object.keys(error.cause), error.cause instanceof Error, error.cause.cause],
      [["code"], true, undefined],
    );
  assert.ok(!("cause" in error.toJSON()));
  for (const text of [
    inspect(error, { showHidden: true }),
    JSON.stringify(error),
    error.stack,
    error.cause?.stack ?? "",
  ]) {
    assert.doesNotMatch(text, /CANARY/);
  }
}

for (const [library, fetch] of Object.entries({ "the platform's fetch": undefined, "node-fetch": nodeFetch })) {
  test(`a name that is not known is network, and its cause says ENOTFOUND: ${library}`, async () => {
    const error = await failing({ baseUrl: "https://no-such-host.invalid", fetch });
    assert.match(error.cause.code, /^(ENOTFOUND|EAI_AGAIN)$/);
    assertBare(error, error.cause.code);
  });

  test(`a port where nobody listens is network, and its cause says ECONNREFUSED: ${library}`, async () => {
    assertBare(await failing({ baseUrl: `http://127.0.0.1:${closed}`, fetch }), "ECONNREFUSED");
  });

  test(`a certificate that nobody has signed is network, and its cause says so: ${library}`, async () => {
    assertBare(await failing({ baseUrl: `https://127.0.0.1:${secure}`, fetch }), "DEPTH_ZERO_SELF_SIGNED_CERT");
  });

  test(`a reset and an end before the headers are network, with a code of the platform's: ${library}`, async () => {
    for (const port of [resetting, silent]) {
      const error = await failing({ baseUrl: `http://127.0.0.1:${port}`, fetch });
      assert.match(error.cause.code, /^(ECONNRESET|UND_ERR_SOCKET|EPIPE)$/);
      assertBare(error, error.cause.code);
    }
  });
}

const coded = (code, more) => Object.assign(new Error(`${password} ${key}`), { code, ...more });

for (const [what, make, code] of [
  ["the error's own", () => coded("ENOTFOUND"), "ENOTFOUND"],
  ["its cause's", () => new TypeError("fetch failed", { cause: coded("CERT_HAS_EXPIRED") }), "CERT_HAS_EXPIRED"],
  [
    "that of an error of several",
    () =>
      new TypeError("fetch failed", {
        cause: Object.assign(new AggregateError([coded("EHOSTUNREACH")]), { code: "ETIMEDOUT" }),
      }),
    "ETIMEDOUT",
  ],
  ["an object's", () => ({ code: "ECONNRESET" }), "ECONNRESET"],
  ["none", () => new TypeError("fetch failed")],
  ["a DOMException's number", () => new DOMException(password, "NetworkError")],
  ["a sentence", () => coded(`could not send ${key}`)],
  ["in small letters", () => coded("password")],
  ["of several lines", () => coded("ENOTFOUND\nX-Api-Key")],
  ["too short", () => coded("E1")],
  ["too long", () => coded("E".repeat(60))],
  ["an object", () => coded({ toString: () => "ENOTFOUND", password })],
  [
    "a String, which can say something else each time",
    () => coded(Object.assign(new String("ENOTFOUND"), { password })),
  ],
  ["a getter that throws", () => Object.defineProperty(new Error("x"), "code", { get: () => assert.fail(password) })],
  ["the password", () => coded(password)],
  ["a part of the password", () => coded(password.slice(0, 8))],
  ["what holds the password", () => coded(`E_${password}_X`)],
  ["the key", () => coded("KEY_CANARY_7D1F")],
  ["what holds the key", () => new TypeError("x", { cause: coded("E_KEY_CANARY_7D1F") })],
]) {
  test(`the code of a failure of fetch is said where it is no secret, and nothing else is: ${what}`, async () => {
    const error = await failing({ fetch: () => Promise.reject(make()) });
    assertBare(error, code);
  });
}

test("the code of a failure is no part of a session's token and holds none", async () => {
  const token = "TOKEN_CANARY_41E6";
  for (const code of [token, `E_${token}`, "TOKEN_CANARY"]) {
    const fetch = async (url) => {
      if (url.endsWith("/signin")) return new Response(JSON.stringify({ usersId: "u", sessionToken: token }));
      throw coded(code);
    };
    const session = await signIn(key, "name", password, { fetch });
    for (const call of [() => session.verify(), () => session.fetch("/x")]) {
      assertBare(await call().catch((error) => error), undefined);
    }
    assertBare((await session.signOut()).error, undefined);
  }
});
