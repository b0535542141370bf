import type { SessionStore, SignInError as Failure } from "./types.js";

export * from "./types.js";

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
