import type { ServerError, SignInErrorCode } from "./types.js";

export * from "./types.js";

/**
 * Loads the WebAssembly module, if it is not loaded yet. Not needed: `signIn` does it by itself, from
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

/** Why a call failed. Holds no password, no token and no API key. */
export class SignInError extends Error {
  private constructor();
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
  /** What the service said, in its own words. Empty where it said nothing readable. */
  readonly serverErrors: readonly ServerError[];
}
