// @ts-check
// `SignInError`, which every call of the package rejects with, and the functions that make one.

/**
 * @typedef {import("./types.js").SignInErrorCode} SignInErrorCode
 *
 * What an error is made from. The engine sends its errors as these fields.
 * @typedef {object} Fields
 * @property {SignInErrorCode} code
 * @property {string} [message] in place of the code's sentence
 * @property {string} [argument]
 * @property {string} [rule] completes the sentence "`argument` …"
 * @property {string} [path]
 * @property {string} [expected]
 * @property {number} [status]
 * @property {number} [retryAfterMs]
 * @property {number} [retryAfterDate] in seconds since the start of 1970
 * @property {readonly { code: number, message: string }[]} [serverErrors]
 */

const BRAND = Symbol.for("catalyze-signin.SignInError");

/**
 * For each code, its sentence and whether the same call may succeed later, unchanged. JavaScript needs the table
 * because some errors happen before the engine is loaded. A test compares every row with the table in src/error.rs.
 *
 * @type {Record<SignInErrorCode, [sentence: string, retryable: boolean]>}
 */
const CODES = {
  invalid_argument: ["An argument is invalid", false],
  invalid_credentials: ["The username or the password is not right", false],
  bad_request: ["The service refused the request", false],
  forbidden: ["The service does not allow this to this API key or this account", false],
  rate_limited: ["Too many attempts: wait before the next", true],
  server_error: ["The service failed to answer the request", true],
  invalid_response: ["The answer is not the documented one", false],
  timeout: ["The deadline passed before the answer was complete", true],
  aborted: ["The caller's signal ended the call", false],
  network: ["The service could not be reached, or its answer broke off", true],
  signed_out: ["The session has ended: sign in again", false],
  store_failed: ["The store of the session can't be used", false],
  wasm_unavailable: ["The WebAssembly module could not be loaded", false],
  internal: ["A defect in catalyze-signin", false],
};

export class SignInError extends Error {
  // Minifiers rename classes; logs should still say `SignInError`. Not a static field: some compilers turn it into an
  // assignment, and the `name` of a class is read-only.
  static get name() {
    return "SignInError";
  }

  /**
   * @param {Fields} fields
   * @param {ErrorOptions} [options]
   */
  constructor({ code, message, rule, retryAfterDate, ...fields }, options) {
    const [sentence, retryable] = CODES[code];
    const { argument, path, expected } = fields;
    if (argument) message = `${argument} ${rule}`;
    else if (expected) message = `${sentence}: ${path || "the body"} should be ${expected}`;
    super(`${message ?? sentence}.`, options);
    Object.assign(this, { code, retryable, serverErrors: [] }, fields);
    // The service's clock is not known, so the caller's has to do.
    if (retryAfterDate) Object.assign(this, { retryAfterMs: Math.max(0, retryAfterDate * 1000 - Date.now()) });
  }

  get name() {
    return "SignInError";
  }

  get [BRAND]() {
    return true;
  }

  // The name and the message of an error are not enumerable, so JSON would leave them out.
  toJSON() {
    return Object.assign({ name: this.name, message: this.message }, this);
  }
}

/**
 * Whether `value` is a `SignInError`. A symbol marks them, because another copy of the package, or another frame, has a
 * class of its own.
 *
 * @param {unknown} value
 * @returns {value is import("./types.js").SignInError}
 */
export const isSignInError = (value) => {
  try {
    return Object(value)[BRAND] === true;
  } catch {
    // `value` is a revoked proxy, or a proxy whose trap throws.
    return false;
  }
};

/**
 * @param {SignInErrorCode} code
 * @param {Partial<Fields>} [fields]
 * @param {ErrorOptions} [options]
 * @returns {import("./types.js").SignInError}
 */
export const errorOf = (code, fields, options) => /** @type {any} */ (new SignInError({ code, ...fields }, options));

/**
 * @param {string} argument
 * @param {string} rule completes the sentence "`argument` …"
 */
export const invalidArgument = (argument, rule) => errorOf("invalid_argument", { argument, rule });

/**
 * What `work` returns, or `undefined` if it throws.
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

export const nothing = () => {};
