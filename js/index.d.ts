import type {
  CallOptions,
  Session,
  SessionEnd,
  SessionStore,
  SignInError as Failure,
  SignInOptions,
  SignOutResult,
  User,
} from "./types.js";

export * from "./types.js";

/**
 * One object for an app: holds the session, resumes it at the start, notifies every component, and keeps the tabs in
 * agreement.
 *
 * Never throws: with bad options, its `signIn` rejects with `invalid_argument`.
 */
export function createAuth(options: AuthOptions): Auth;

export interface AuthOptions extends Omit<SignInOptions, "signal"> {
  /** `<type> <identifier> <id>`, or the bare `<id>`. */
  apiKey: string;
  /**
   * Keeps the session in the browser's own storage: `localStorage` lasts and is shared by the tabs; `sessionStorage`
   * ends with its tab. Default: nothing is kept. A `store` of your own takes its place.
   */
  persist?: "localStorage" | "sessionStorage" | undefined;
}

/** Who is signed in. The methods work without the object: `const { signIn } = auth`. */
export interface Auth {
  /** The same object until something changes. */
  readonly state: AuthState;
  /** The first state that is not `resuming`. Never rejects. */
  readonly ready: Promise<AuthState>;
  /**
   * Calls `listener` at once and at each change, until the function that it returns is called. It fits Svelte's store
   * contract and React's `useSyncExternalStore`.
   */
  readonly subscribe: (listener: (state: AuthState) => void) => () => void;
  /**
   * Signs in. If somebody is signed in already, the new session replaces theirs, which is not signed out.
   */
  readonly signIn: (username: string, password: string, options?: CallOptions) => Promise<Session>;
  /**
   * Signs out, also of a session that could not be resumed. If nobody is signed in, nothing is sent. Rejects only for
   * invalid options.
   */
  readonly signOut: (options?: CallOptions) => Promise<SignOutResult>;
  /**
   * Asks the service again: after `unknown`, or because the user's record may have changed. Whoever is signed in stays
   * signed in if the service can't be asked. Never rejects.
   */
  readonly refresh: () => Promise<AuthState>;
}

export type AuthState =
  /** The session of the last visit is being looked for. Show neither the form nor the page. */
  | { readonly status: "resuming" }
  | { readonly status: "signed_in"; readonly session: Session; readonly user: User }
  /** Without a `reason`, nobody was signed in. */
  | { readonly status: "signed_out"; readonly reason?: SessionEnd }
  /**
   * The session of the last visit could not be checked, perhaps because the device is offline. It is still stored:
   * `refresh()` tries again.
   */
  | { readonly status: "unknown"; readonly error: Failure };

/**
 * Loads the WebAssembly module, if it is not loaded yet. Optional: `signIn` and `resume` load it by themselves, from a
 * copy inside the package. Call this to load it ahead of time, or from elsewhere.
 *
 * Rejects with `wasm_unavailable`, or `invalid_argument` for `source`; the next call tries again.
 */
export function init(source?: InitSource | Promise<InitSource>): Promise<void>;

/** The module, or where to get it: its URL, a request for it, a response with it, its bytes, or the compiled module. */
export type InitSource = string | URL | Request | Response | ArrayBuffer | ArrayBufferView | WebAssembly.Module;

declare global {
  /** For projects without the library `dom`. For those that have it, this adds nothing. */
  namespace WebAssembly {
    interface Module {}
  }
}

/**
 * Whether `value` is a `SignInError`, also one of another copy of the package or another frame, for which `instanceof`
 * is false.
 */
export function isSignInError(value: unknown): value is SignInError;

export class SignInError extends Error {
  private constructor();
  readonly name: "SignInError";
}
export interface SignInError extends Failure {}

/**
 * A store over the browser's own storage. `localStorage` lasts and is shared by the tabs; `sessionStorage` ends with
 * its tab. Give the name rather than the object: where cookies are blocked, the mere expression `localStorage` throws.
 * A name means the storage of a page. All users of a server would share the server's own storage, so it is used only if
 * the object itself is given.
 *
 * @param key The key in the storage. Give each application of one origin its own. Default: `catalyze-signin`.
 */
export function webStorage(area: "localStorage" | "sessionStorage" | WebStorage, key?: string): SessionStore;

/** What is needed of a `Storage`, declared for projects without the library `dom`. */
export interface WebStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}
