// @ts-check
// The error that every failure is, and the failures that are told without the engine.

/**
 * @typedef {import("./types.js").SignInErrorCode} SignInErrorCode
 * @typedef {{ message?: string, code?: SignInErrorCode, retryAfterDate?: number, [field: string]: unknown }} Fields
 */

const BRAND = Symbol.for("catalyze-signin.SignInError");

/**
 * The sentence of each code that JavaScript uses, and whether the same call may succeed later. The engine has the whole
 * table, in src/error.rs; a test compares every row.
 *
 * @type {Record<string, [message: string, retryable: boolean]>}
 */
export const CODES = {
  timeout: ["The deadline passed before the answer was complete.", true],
  aborted: ["The caller's signal ended the call.", false],
  network: ["The service could not be reached, or its answer broke off.", true],
  signed_out: ["The session has ended: sign in again.", false],
  store_failed: ["The store of the session can't be used.", false],
  internal: ["A defect in catalyze-signin.", false],
};

export class SignInError extends Error {
  // Minifiers rename classes; logs should still say `SignInError`. No field: some compilers turn a static field into an
  // assignment, and a class's name can't be assigned to.
  static get name() {
    return "SignInError";
  }

  /**
   * @param {Fields} fields
   * @param {ErrorOptions} [options]
   */
  constructor({ message, retryAfterDate, ...fields }, options) {
    super(message, options);
    Object.assign(this, fields);
    // The service's own clock is not known, so the caller's has to do.
    if (retryAfterDate !== undefined) {
      Object.assign(this, { retryAfterMs: Math.max(0, retryAfterDate * 1000 - Date.now()) });
    }
  }

  get name() {
    return "SignInError";
  }

  get [BRAND]() {
    return true;
  }

  // The name and the message of an error are not enumerable, so JSON would leave them out.
  toJSON() {
    return { name: this.name, message: this.message, ...this };
  }
}

/**
 * Whether `value` is a `SignInError`: by a mark and not by its class, since two copies of the package, or two frames of
 * a page, have two classes.
 *
 * @param {unknown} value
 * @returns {value is import("./types.js").SignInError}
 */
export const isSignInError = (value) => {
  try {
    return Object(value)[BRAND] === true;
  } catch {
    // A proxy that was revoked, or whose trap throws.
    return false;
  }
};

/**
 * An error that is made without the engine.
 *
 * @param {SignInErrorCode} code
 * @param {Fields} [fields]
 * @param {ErrorOptions} [options]
 */
export const errorOf = (code, fields, options) => {
  const [message, retryable] = CODES[code] ?? ["", false];
  return new SignInError({ message, code, retryable, serverErrors: [], ...fields }, options);
};

/**
 * @param {string} argument
 * @param {string} rule completes the sentence "`argument` …"
 */
export const invalidArgument = (argument, rule) =>
  errorOf("invalid_argument", { argument, message: `${argument} ${rule}.` });

/**
 * What `work` gives, or `undefined` if it throws.
 *
 * @template T
 * @param {() => T} work
 */
export const attempt = (work) => {
  try {
    return work();
  } catch {
    return undefined;
  }
};
