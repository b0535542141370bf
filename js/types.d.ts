/**
 * Signs in to the Catalyze BaaS: `POST {baseUrl}/v2/auth/signin`, sent once.
 *
 * The promise settles within `timeoutMs`, whatever the server or the platform does. Every failure rejects with a
 * `SignInError`; nothing throws synchronously.
 *
 * @param apiKey `<type> <identifier> <id>`, or the bare `<id>`. An API key in a page is public.
 * @param username A non-empty text, sent unchanged: never trimmed.
 * @param password A non-empty text, sent unchanged: never trimmed.
 */
export function signIn(apiKey: string, username: string, password: string, options?: SignInOptions): Promise<Session>;

/**
 * Resumes a session: verifies its token, then reads the user's record. One deadline covers both.
 *
 * Rejects with `signed_out` if the session has ended.
 *
 * @param token The `token` of an earlier session: visible ASCII without blanks.
 */
export function resume(apiKey: string, token: string, options?: SignInOptions): Promise<Session>;

/**
 * Resumes the session that `signIn` left in `options.store`, at the service that it came from.
 *
 * Rejects with `signed_out` if the store is empty or the session has ended, and with `store_failed` if the store can't
 * be read. With a `baseUrl` or an `apiKey`, only a session of that service or that key counts; any other stays in the
 * store.
 */
export function resume(options: SignInOptions & { store: SessionStore; apiKey?: string | undefined }): Promise<Session>;

export interface SignInOptions extends CallOptions {
  /**
   * Where the service is, without the version part: an absolute `https:` URL, or an `http:` one of a
   * loopback host. A path stays as a prefix. Default: `https://api.catalyze.io`.
   */
  baseUrl?: string | URL | undefined;
  /** Used in place of `globalThis.fetch`, by the session as well. It is called once for each request. */
  fetch?: typeof fetch | undefined;
  /**
   * Keeps the session beyond the page, for `resume`. By default nothing is kept: any script that gets into the page
   * could steal a stored session.
   */
  store?: SessionStore | undefined;
}

export interface CallOptions {
  /**
   * One deadline over connecting, headers and body, in milliseconds. Default: 30000; for the calls of a session, the
   * value that its `signIn` or `resume` had.
   */
  timeoutMs?: number | undefined;
  /** Ends the call at any moment. Works together with `timeoutMs`. */
  signal?: AbortSignal | undefined;
}

/**
 * Where a session is kept, as one text. The methods may be synchronous, or return promises. A store that fails never
 * keeps anyone from signing in or out.
 */
export interface SessionStore {
  get(): string | null | undefined | PromiseLike<string | null | undefined>;
  set(text: string): unknown;
  remove(): unknown;
}

/**
 * A user who is signed in. Fires `ended` once, when the session has ended. The methods work without the session
 * (`const { fetch } = session`), and behind a `Proxy`.
 */
export interface Session extends EventTarget {
  /** What the server sent, checked field by field, without the token. Unknown fields are kept. */
  readonly user: User;
  /**
   * For `Authorization: Bearer …`; empty when the session has ended. It lives 24 hours at most. An accessor of the
   * prototype, so `JSON.stringify`, spreads, `Object.keys` and logs leave it out.
   */
  readonly token: string;
  /** `store_failed`, if the store could not keep the session or could not remove it. */
  readonly storeError: SignInError | undefined;

  /**
   * The platform's `fetch` as this user: with `X-Api-Key`, `Authorization` and, unless given, `Accept:
   * application/json`.
   *
   * Resolves with the platform's `Response`, whatever its status; a 401 ends the session. Settles within the session's
   * `timeoutMs`; the body is yours to read, and ends with the signal that was given. A redirect is `invalid_response`.
   *
   * The first argument is a path that starts with one slash, which is appended to `baseUrl`; or a URL or a `Request` of
   * the same origin. Any other is `invalid_argument`, since the token must not go elsewhere.
   */
  readonly fetch: typeof globalThis.fetch;

  /**
   * Whether the session is still alive: `GET /v2/auth/verify`. `false` means that it has ended. An answer about another
   * user is `invalid_response`.
   */
  readonly verify: (options?: CallOptions) => Promise<boolean>;

  /**
   * Ends the session: here at once, and at the service by `GET /v2/auth/signout`.
   *
   * Rejects only for invalid options, and then nothing has ended.
   */
  readonly signOut: (options?: CallOptions) => Promise<SignOutResult>;

  /** Signs out, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;

  addEventListener(
    type: "ended",
    listener: ((this: Session, event: CustomEvent<SessionEnd>) => void) | null,
    options?: Parameters<EventTarget["addEventListener"]>[2],
  ): void;
  addEventListener(...parameters: Parameters<EventTarget["addEventListener"]>): void;
}

declare global {
  /** For projects without the library `esnext.disposable`. For those that have it, this adds nothing. */
  interface SymbolConstructor {
    readonly asyncDispose: unique symbol;
  }
}

/** Why a session ended: the user signed out, here or in another tab; or the service no longer knows the session. */
export type SessionEnd = "signed_out" | "expired";

export interface SignOutResult {
  /** Whether the service has ended the session. If it has not, the token dies within 24 hours. */
  readonly confirmed: boolean;
  /** Why the service could not be told; or, after a confirmed sign-out, why the store still has the session. */
  readonly error?: SignInError;
}

/** Why a call failed. Holds no password, no token and no API key. */
export interface SignInError extends Error {
  readonly name: "SignInError";
  readonly code: SignInErrorCode;
  /** Whether the same call may succeed later, unchanged. */
  readonly retryable: boolean;
  /** The HTTP status, where there was one. */
  readonly status?: number;
  /** How long the service asks to wait, from `Retry-After`, in milliseconds. */
  readonly retryAfterMs?: number;
  /** For `invalid_argument`: the argument, or the option's own name. */
  readonly argument?: string;
  /** For `invalid_response`: as in `addresses[2].city`; empty for the body itself. */
  readonly path?: string;
  /** For `invalid_response`: what should stand there, as in `string`. */
  readonly expected?: string;
  /** The service's own error texts. Empty if there are none, or they can't be read. */
  readonly serverErrors: readonly ServerError[];
  /** The name, the message and every field above, for logs and `postMessage`. */
  toJSON(): object;
}

/** Why a call failed. The list is closed: a new version may add a code, but never changes the meaning of one. */
export type SignInErrorCode =
  /** An argument broke a rule, and nothing was sent. `argument` names it. */
  | "invalid_argument"
  /**
   * The username or the password is not right: 401, or 404 with the documented error body. One code for both, so that
   * no page tells strangers who has an account.
   */
  | "invalid_credentials"
  /** 400, and any other 4xx not named here. */
  | "bad_request"
  /** 403: the API key or the account may not do this. */
  | "forbidden"
  /** 429: `retryAfterMs`, when the service says. */
  | "rate_limited"
  /** 5xx: `retryAfterMs`, when the service says. */
  | "server_error"
  /** Not the documented answer: the page of a captive portal or a gateway, a wrong type at `path`, a redirect. */
  | "invalid_response"
  /** The deadline passed. */
  | "timeout"
  /** The caller's signal; `cause` is its reason. */
  | "aborted"
  /**
   * Unreachable, refused, reset, DNS, TLS, CORS, cut off in the body. `cause` has the platform's own `code`, if any.
   */
  | "network"
  /** A session that has ended is used, or there is none to resume. */
  | "signed_out"
  /** The store of the session can't be used. */
  | "store_failed"
  /** The module can't be loaded; the next call tries again. */
  | "wasm_unavailable"
  /** A defect in the package. */
  | "internal";

export interface ServerError {
  /** The service's own number, often equal to the HTTP status; -1 if there is none. */
  readonly code: number;
  /** The service's own text. A text that repeats a secret is withheld. */
  readonly message: string;
}

/**
 * A user of the Catalyze BaaS. Everything but `usersId` may be missing; `null` is the same as absent.
 * Dates are the strings that the server sent.
 */
export interface User {
  /** The user's identifier, a UUID. */
  readonly usersId: string;
  /** The name to sign in with. Some answers leave it out. */
  readonly username?: string | null;
  /** Whether the e-mail address is confirmed. */
  readonly active?: boolean | null;
  /** ISO 8601 in UTC, as in `2013-11-07T12:00:00Z`. */
  readonly createdAt?: string | null;
  /** ISO 8601 in UTC. */
  readonly updatedAt?: string | null;
  readonly email?: Email | null;
  readonly name?: Name | null;
  /** Whatever JSON the application put there. */
  readonly extras?: unknown;
  readonly phoneNumber?: PhoneNumber | null;
  /** The date of birth, `YYYY-MM-DD`. */
  readonly dob?: string | null;
  /** Age in years, an integer. */
  readonly age?: number | null;
  readonly addresses?: readonly Address[] | null;
  /** A display value, such as `Male`; there is no closed list. */
  readonly gender?: string | null;
  readonly maritalStatus?: string | null;
  readonly religion?: string | null;
  readonly race?: string | null;
  readonly ethnicity?: string | null;
  readonly guardians?: readonly Guardian[] | null;
  /** Confidentiality code. */
  readonly confCode?: string | null;
  readonly languages?: readonly Language[] | null;
  readonly socialIds?: readonly SocialId[] | null;
  /** Medical record numbers. */
  readonly mrns?: readonly Mrn[] | null;
  readonly healthPlans?: readonly HealthPlan[] | null;
  /** A picture: a URL, a path or a file's identifier. */
  readonly avatar?: string | null;
  /** A photograph: a URL, a path or a file's identifier. */
  readonly profilePhoto?: string | null;
  /** Social security number, nine digits. */
  readonly ssn?: string | null;
  /** A role that the application chose, such as `Physician`. */
  readonly type?: string | null;
}

export interface Email {
  readonly primary?: string | null;
  readonly secondary?: string | null;
  readonly work?: string | null;
  readonly other?: string | null;
}

export interface Name {
  readonly prefix?: string | null;
  readonly firstName?: string | null;
  readonly middleName?: string | null;
  readonly lastName?: string | null;
  readonly maidenName?: string | null;
  readonly suffix?: string | null;
}

export interface PhoneNumber {
  readonly home?: string | null;
  readonly mobile?: string | null;
  readonly work?: string | null;
  readonly other?: string | null;
  /** The name of one of the others, as in `mobile`. */
  readonly preferred?: string | null;
}

export interface Address {
  readonly type?: string | null;
  readonly addressLine1?: string | null;
  readonly addressLine2?: string | null;
  readonly city?: string | null;
  readonly state?: string | null;
  readonly zipCode?: string | null;
  readonly country?: string | null;
  readonly geocode?: Geocode | null;
}

/** In degrees. */
export interface Geocode {
  readonly latitude?: number | null;
  readonly longitude?: number | null;
}

export interface Guardian {
  readonly guardianId?: string | null;
  readonly relationship?: string | null;
  /** Whether the guardian may see protected health information. */
  readonly viewPhi?: boolean | null;
}

export interface Language {
  readonly language?: string | null;
  readonly languageMode?: string | null;
}

export interface SocialId {
  readonly network?: string | null;
  readonly handle?: string | null;
}

export interface Mrn {
  readonly institutionsId?: string | null;
  readonly mrn?: string | null;
}

export interface HealthPlan {
  readonly institutionsId?: string | null;
  readonly type?: string | null;
  readonly groupName?: string | null;
  readonly groupId?: string | null;
  readonly memberId?: string | null;
}
