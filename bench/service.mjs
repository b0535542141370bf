// The service that all clients sign in to: the sandbox, which this asks for each of them in its own routes and shapes.
//
// Servers of the vendors' own would compare their servers. Here every sign-in costs the same password hash in the same
// database, and the same way through this server: ours and plain `fetch` take it too. It is of another origin than the
// pages, as such services are, so that all pay for the preflight requests that their headers ask for. Those alone pass
// Chromium's throttle: a slow network would cost Firebase, whose two requests have one each, more than is measured here.
import { once } from "node:events";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";

const SECONDS = 3600;

/** Each route: what is asked → what is answered, by `baas`. */
export const routes = {
  "/v2/auth/signin": ({ username, password }, baas) => baas.signIn(username, password),

  // https://pocketbase.io/docs/api-records/#auth-with-password
  "/api/collections/users/auth-with-password": async ({ identity, password }, baas) => {
    const user = await baas.signIn(identity, password);
    return {
      token: webToken(user, identity),
      record: {
        collectionId: "_pb_users_auth_",
        collectionName: "users",
        id: user.usersId,
        email: identity,
        emailVisibility: false,
        verified: true,
        name: user.name.firstName,
        avatar: "",
        created: user.createdAt,
        updated: user.updatedAt,
      },
    };
  },

  // https://www.better-auth.com/docs: POST /sign-in/email
  "/api/auth/sign-in/email": async ({ email, password }, baas) => {
    const user = await baas.signIn(email, password);
    return {
      redirect: false,
      token: user.sessionToken,
      user: {
        id: user.usersId,
        email,
        name: user.name.firstName,
        image: null,
        emailVerified: true,
        createdAt: user.createdAt,
        updatedAt: user.updatedAt,
      },
    };
  },

  // https://github.com/supabase/auth: POST /token
  "/auth/v1/token": async ({ email, password }, baas) => {
    const user = await baas.signIn(email, password);
    return {
      access_token: webToken(user, email),
      token_type: "bearer",
      expires_in: SECONDS,
      expires_at: now() + SECONDS,
      refresh_token: "v1-refresh-token",
      user: {
        id: user.usersId,
        aud: "authenticated",
        role: "authenticated",
        email,
        email_confirmed_at: user.createdAt,
        phone: "",
        confirmed_at: user.createdAt,
        last_sign_in_at: user.updatedAt,
        app_metadata: { provider: "email", providers: ["email"] },
        user_metadata: { ...user.name, ...user.extras },
        identities: [],
        created_at: user.createdAt,
        updated_at: user.updatedAt,
        is_anonymous: false,
      },
    };
  },

  // https://cloud.google.com/identity-platform/docs/reference/rest/v1/accounts, at the emulator's address
  "/identitytoolkit.googleapis.com/v1/accounts:signInWithPassword": async ({ email, password }, baas) => {
    const user = await baas.signIn(email, password);
    return {
      kind: "identitytoolkit#VerifyPasswordResponse",
      localId: user.usersId,
      email,
      displayName: user.name.firstName,
      idToken: webToken(user, email),
      registered: true,
      refreshToken: "v1-refresh-token",
      expiresIn: String(SECONDS),
    };
  },
  "/identitytoolkit.googleapis.com/v1/accounts:lookup": async ({ idToken }, baas) => {
    const { sub, email } = claims(idToken);
    const user = await baas.user(sub, sessionToken(idToken));
    const displayName = user.name.firstName;
    return {
      kind: "identitytoolkit#GetAccountInfoResponse",
      users: [
        {
          localId: user.usersId,
          email,
          displayName,
          emailVerified: true,
          providerUserInfo: [{ providerId: "password", displayName, federatedId: email, email, rawId: email }],
          validSince: "1383825600",
          lastLoginAt: "1383825600000",
          createdAt: "1383825600000",
          lastRefreshAt: user.updatedAt,
        },
      ],
    };
  },
};

/** The sandbox's own token: as it is, or from inside of the JSON Web Token that the vendors' clients expect. */
export const sessionToken = (token) => (token.includes(".") ? claims(token).session_id : token);

const now = () => Math.floor(Date.now() / 1000);
const base64 = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const claims = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url"));

/** A token of the vendors' form. Nobody here checks its signature, which is none. */
const webToken = ({ usersId, sessionToken }, email) =>
  [
    base64({ alg: "HS256", typ: "JWT" }),
    base64({ aud: "authenticated", sub: usersId, email, session_id: sessionToken, iat: now(), exp: now() + SECONDS }),
    "x".repeat(43),
  ].join(".");

/** Starts it before the sandbox at `url`. */
export async function startService(url, apiKey) {
  const ask = async (path, options) => {
    const response = await fetch(`${url}/v2${path}`, {
      ...options,
      headers: { "X-Api-Key": apiKey, ...options.headers },
    });
    if (!response.ok) throw new Error(`The sandbox answered ${response.status} to ${path}.`);
    return response.json();
  };
  const baas = {
    signIn: (username, password) =>
      ask("/auth/signin", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ username, password }),
      }),
    user: (usersId, token) => ask(`/users/${usersId}`, { headers: { Authorization: `Bearer ${token}` } }),
  };
  const server = createServer(async (request, response) => {
    // `*` would not do for better-auth, which asks with credentials.
    response.setHeader("Access-Control-Allow-Origin", request.headers.origin ?? "*");
    response.setHeader("Access-Control-Allow-Credentials", "true");
    response.setHeader("Cache-Control", "no-store");
    if (request.method === "OPTIONS") {
      const headers = request.headers["access-control-request-headers"] ?? "";
      response.writeHead(204, { "Access-Control-Allow-Headers": headers, "Access-Control-Max-Age": "600" }).end();
      return;
    }
    try {
      const answer = routes[new URL(request.url, url).pathname];
      if (!answer) throw new Error(`There is no route ${request.url}.`);
      const text = JSON.stringify(await answer(await json(request), baas));
      response.writeHead(200, { "Content-Type": "application/json" }).end(text);
    } catch (error) {
      response.writeHead(502, { "Content-Type": "application/json" }).end(JSON.stringify({ message: error.message }));
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
