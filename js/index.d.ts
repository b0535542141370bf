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
 * One object for an app: holds the session, resumes it at the start, tells every component, and keeps the tabs agreed.
 *
 * Never throws: with bad options, its `signIn` rejects with `invalid_argument`.
 */
export function createAuth(options: AuthOptions): Auth;

export interface AuthOptions extends Omit<SignInOptions, "signal"> {
  /** `<type> <identifier> <id>`, or the bare `<id>`. */
  apiKey: string;
  /**
   * Keeps the session in the browser's own storage: `localStorage` lasts and is shared by the tabs; `sessionStorage` ends
   * with its tab. Default: nothing is kept. A `store` of your own takes its place.
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
   * Calls `listener` at once and at each change, until the function that it returns is called. That is what Svelte asks
   * of a store and React's `useSyncExternalStore` of `subscribe`.
   */
  readonly subscribe: (listener: (state: AuthState) => void) => () => void;
  /**
   * Signs in. Where somebody is signed in already, the new session takes the place of theirs, which is not signed out.
   */
  readonly signIn: (username: string, password: string, options?: CallOptions) => Promise<Session>;
  /**
   * Signs out, also of a session that could not be resumed. Where nobody is signed in, nothing is sent. Rejects only for
   * invalid options.
   */
  readonly signOut: (options?: CallOptions) => Promise<SignOutResult>;
  /**
   * Asks the service again: after `unknown`, or for a user who may have changed. While somebody is signed in and the
   * service can't be asked, they stay signed in. Never rejects.
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
 * Loads the WebAssembly module, if it is not loaded yet. Not needed: `signIn` and `resume` do it by themselves, from
 * a copy inside the package. For loading ahead of time, or from elsewhere.
 *
 * Rejects with `wasm_unavailable`, or `invalid_argument` for `source`; the next call tries again.
 */
export function init(source?: InitSource | Promise<InitSource>): Promise<void>;

/** Where the module is: its address, its answer, its bytes, or the module itself. */
export type InitSource = string | URL | Request | Response | ArrayBuffer | ArrayBufferView | WebAssembly.Module;

declare global {
  /** Declared for projects without the library `dom`: where it is, this adds nothing. */
  namespace WebAssembly {
    interface Module {}
  }
}

/**
 * Whether `value` is a `SignInError`: also one of another copy of the package or another frame, for
 * which `instanceof` says no.
 */
export function isSignInError(value: unknown): value is SignInError;

export class SignInError extends Error {
  private constructor();
  readonly name: "SignInError";
}
export interface SignInError extends Failure {}

/**
 * A store over the browser's own storage. `localStorage` lasts and is shared by the tabs; `sessionStorage` ends with its
 * tab. Give the name rather than the object: where cookies are blocked, the mere expression `localStorage` throws.
 * A name stands for a page's storage alone. A server's own, which all whom it serves would share, has to be given itself.
 *
 * @param key Where in the storage: give each application of one origin its own. Default: `catalyze-signin`.
 */
export function webStorage(area: "localStorage" | "sessionStorage" | WebStorage, key?: string): SessionStore;

/** A `Storage`, in words that projects without the library `dom` have too. */
export interface WebStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}
