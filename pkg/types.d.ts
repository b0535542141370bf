/**
 * Signs in to the Catalyze BaaS: `POST {baseUrl}/v2/auth/signin`, sent once.
 *
 * The promise settles within `timeoutMs`, whatever the server or the platform does. Every failure
 * rejects with a `SignInError`; nothing throws synchronously.
 *
 * @param apiKey `<type> <identifier> <id>`, or the bare `<id>`. An API key in a page is public.
 * @param username Any text but none. Never trimmed.
 * @param password Any text but none. Never trimmed.
 */
export function signIn(apiKey: string, username: string, password: string, options?: SignInOptions): Promise<Session>;

export interface SignInOptions {
  /**
   * Where the service is, without the version part: an absolute `https:` URL, or an `http:` one of a
   * loopback host. A path stays as a prefix. Default: `https://api.catalyze.io`.
   */
  baseUrl?: string | URL | undefined;
  /** One deadline over connecting, headers and body, in milliseconds. Default: 30000. */
  timeoutMs?: number | undefined;
  /** Ends the call at any moment. Works together with `timeoutMs`. */
  signal?: AbortSignal | undefined;
  /** Used in place of `globalThis.fetch`, called once. */
  fetch?: typeof fetch | undefined;
}

export interface Session {
  /** What the server sent, checked field by field, without the token. Unknown fields are kept. */
  readonly user: User;
  /**
   * For `Authorization: Bearer …`. It lives 24 hours at most. An accessor of the prototype: not in
   * `JSON.stringify`, spread, `Object.keys` or a log.
   */
  readonly token: string;
}

/** Why a call failed. The list is closed: a new version may add a code, never change one. */
export type SignInErrorCode =
  /** An argument broke a rule, and nothing was sent. `argument` names it. */
  | "invalid_argument"
  /** The username or the password is not right (401, or 404: one code, so that no page tells who has an account). */
  | "invalid_credentials"
  /** 400, and any other 4xx not named here. */
  | "bad_request"
  /** 403: the API key or the account may not do this. */
  | "forbidden"
  /** 429: `retryAfterMs`, when the service says. */
  | "rate_limited"
  /** 5xx: `retryAfterMs`, when the service says. */
  | "server_error"
  /** Not the documented answer: a captive portal, a wrong type at `path`, a redirect. */
  | "invalid_response"
  /** The deadline passed. */
  | "timeout"
  /** The caller's signal; `cause` is its reason. */
  | "aborted"
  /** Unreachable, refused, reset, DNS, TLS, CORS, cut off in the body. */
  | "network"
  /** A session that has ended is used. */
  | "signed_out"
  /** The module can't be loaded; the next call tries again. */
  | "wasm_unavailable"
  /** A defect in the package. */
  | "internal";

export interface ServerError {
  /** The service's own number, often equal to the HTTP status; -1 where it gave none. */
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
