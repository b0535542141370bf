/**
 * Signs in to the Catalyze BaaS: `POST {baseUrl}/v2/auth/signin`, sent once by the platform's `fetch`.
 *
 * The promise settles within `timeoutMs`. Every failure rejects with a `SignInError`; nothing throws synchronously.
 *
 * @param apiKey `<type> <identifier> <id>`, or the bare `<id>`. An API key in a page is public.
 * @param username A non-empty text, sent unchanged: never trimmed.
 * @param password A non-empty text, sent unchanged: never trimmed.
 */
export function signIn(apiKey: string, username: string, password: string, options?: SignInOptions): Promise<SignedIn>;

/**
 * Resumes a session: verifies its token, then reads the user's record. One deadline covers both.
 *
 * Rejects with `signed_out` if the session has ended.
 *
 * @param token The `token` that `signIn` gave: visible ASCII without blanks.
 */
export function resume(apiKey: string, token: string, options?: SignInOptions): Promise<SignedIn>;

export interface SignInOptions {
  /**
   * Where the service is, without the version part: an absolute `https:` URL, or an `http:` one of a loopback host.
   * A path stays as a prefix. Default: `https://api.catalyze.io`.
   */
  baseUrl?: string | URL | undefined;
  /** One deadline over connecting, headers and body, in milliseconds. Default: 30000. */
  timeoutMs?: number | undefined;
  /** Ends the call at any moment. Works together with `timeoutMs`. */
  signal?: AbortSignal | undefined;
}

/** A user who is signed in: a plain object. */
export interface SignedIn {
  /** What the server sent, checked field by field, without the token. Unknown fields are kept. */
  user: User;
  /** For `Authorization: Bearer …`. It lives 24 hours at most. */
  token: string;
}
