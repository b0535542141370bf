// What the published types let a caller write.
import { createAuth, init, isSignInError, resume, signIn, SignInError, webStorage } from "catalyze-signin";
import type { Auth, AuthState, Session, SessionStore, SignInErrorCode, SignInOptions, User } from "catalyze-signin";

export async function signsIn(): Promise<string> {
  const options: SignInOptions = { baseUrl: new URL("https://h"), timeoutMs: 5, signal: AbortSignal.timeout(1), fetch };
  const session: Session = await signIn("key", "bob", "password", options);
  const { user, token } = session;
  const city: string | null | undefined = user.addresses?.[0]?.city;
  return [user.usersId, user.email?.primary ?? "", city ?? "", token].join();
}

/** An option that may be undefined needs no detour. */
export const passesOn = (signal?: AbortSignal) => signIn("key", "bob", "password", { signal });

export async function staysSignedIn(show: (text: string) => void): Promise<void> {
  const store = webStorage("localStorage");
  await signIn("key", "bob", "password", { store });
  await using session = await resume({ store, timeoutMs: 5 });
  session.addEventListener("ended", ({ detail }) => show(detail === "expired" ? "expired" : "signed out"), {
    once: true,
  });
  const response: Response = await session.fetch("/v2/users", { method: "POST", body: "{}", signal: null });
  show(`${response.status} ${await session.verify({ timeoutMs: 5 })} ${session.storeError?.code ?? ""}`);
  const { confirmed, error } = await session.signOut();
  show(confirmed ? "signed out" : (error?.code ?? ""));
}

/** What takes a `fetch` takes a session's: ky, openapi-fetch, axios' adapter and generated clients. */
export async function givesItsFetch(session: Session, request: Request): Promise<typeof fetch> {
  const { fetch: own, verify, signOut }: Session = session;
  const client: { fetch: typeof fetch; fetchWithRequest(input: Request): Promise<Response> } = {
    fetch: own,
    fetchWithRequest: own,
  };
  const parameters: Parameters<typeof fetch> = [request, undefined];
  await client.fetch(...parameters);
  await own(request, { headers: new Headers() });
  await own("/v2/users", { headers: [["X-More", "1"]] });
  await verify();
  await signOut();
  return own;
}

/** Two applications of one origin keep apart. */
export const resumesOwn = (apiKey: string) => resume({ store: webStorage("localStorage", "my-app"), apiKey });

/** What crosses to a worker or a log. */
export const tells = (error: SignInError): [object, string] => [structuredClone(error.toJSON()), JSON.stringify(error)];

export const resumes = (token: string) => resume("key", token, { baseUrl: "https://h" });

export async function holdsTheSession(show: (text: string) => void): Promise<void> {
  const auth: Auth = createAuth({ apiKey: "key", persist: "localStorage", baseUrl: "https://h", timeoutMs: 5 });
  const { subscribe, signIn, signOut, refresh } = auth;
  const stop: () => void = subscribe((state) => show(describe(state)));
  const first: AuthState = await auth.ready;
  if (first.status === "unknown") show(describe(await refresh()));
  const session: Session = await signIn("bob", "password", { signal: AbortSignal.timeout(1) });
  show(session.user.usersId);
  show((await signOut({ timeoutMs: 5 })).confirmed ? "confirmed" : "");
  stop();
}

function describe(state: AuthState): string {
  switch (state.status) {
    case "resuming":
      return "";
    case "signed_in":
      return `${state.user.usersId} ${state.session.token}`;
    case "signed_out":
      return state.reason ?? "";
    case "unknown":
      return state.error.code;
    default: {
      const none: never = state;
      return none;
    }
  }
}

/** Without remembering, and with a store of one's own. */
export const auths = (store: SessionStore) => [createAuth({ apiKey: "key" }), createAuth({ apiKey: "key", store })];

let kept: string | null = null;
export const stores: SessionStore[] = [
  { get: () => kept, set: (text) => void (kept = text), remove: () => void (kept = null) },
  { get: async () => undefined, set: async () => {}, remove: async () => {} },
  webStorage(sessionStorage),
];

export async function loads(bytes: Uint8Array<ArrayBuffer>, module: WebAssembly.Module): Promise<void> {
  await init();
  for (const source of ["/a.wasm", new URL("https://h"), new Request("/"), new Response(), bytes, module]) {
    await init(source);
  }
  await init(fetch("/a.wasm"));
  await init(new DataView(bytes.buffer));
}

export function explains(error: unknown): string {
  if (!isSignInError(error)) return "another error";
  const same: SignInError = error;
  switch (error.code) {
    case "rate_limited":
    case "server_error":
      return `wait ${error.retryAfterMs ?? 0} ms`;
    case "invalid_argument":
      return error.argument ?? "";
    case "invalid_response":
      return `${error.path}: ${error.expected}`;
    case "invalid_credentials":
    case "bad_request":
    case "forbidden":
      return same.serverErrors.map(({ code, message }) => `${code} ${message}`).join();
    case "timeout":
    case "aborted":
    case "network":
    case "signed_out":
    case "store_failed":
    case "wasm_unavailable":
    case "internal":
      return `${error.retryable} ${error.status ?? ""} ${error.message}`;
    default: {
      const none: never = error.code;
      return none;
    }
  }
}

export function asksByClass(error: unknown): SignInErrorCode | undefined {
  return error instanceof SignInError ? error.code : undefined;
}

export function extras(user: User): unknown {
  return user.extras;
}
