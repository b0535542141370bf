// Judges the outcome of a call: whether it is the expected one, whether it shows a secret, and its label in the matrix.
import { key, password, token } from "./credentials.mjs";
import { leaksSecret } from "./echoes.mjs";

/** The codes whose messages differ from error to error. */
const CODES_WITH_DETAIL = ["invalid_argument", "invalid_response", "wasm_unavailable"];

const RETRYABLE = ["rate_limited", "server_error", "timeout", "network"];

/**
 * How an error differs from what a row expects. `wanted` is the row, and `messages` holds the message of each code so
 * far.
 */
export function compareError({ error, reason }, expected, { api, wanted, watch: { messages } }) {
  const faults = [];
  if (!(error instanceof api.SignInError) || !api.isSignInError(error) || !(error instanceof Error)) {
    return [`it rejected with something else than a SignInError`];
  }
  if (!expected?.code) faults.push(`it rejected with ${error.code}, a success expected`);
  const { code, cause, serverErrors = [], ...fields } = expected ?? {};
  if (error.code !== code) faults.push(`the code is ${error.code}, not ${code}`);
  for (const field of ["status", "retryAfterMs", "argument", "path", "expected"]) {
    if (error[field] !== fields[field]) faults.push(`${field} is ${error[field]}, not ${fields[field]}`);
  }
  if (!wanted.ignores?.includes("serverErrors") && !same(error.serverErrors, serverErrors))
    faults.push(`serverErrors are ${short(JSON.stringify(error.serverErrors))}`);
  if (error.retryable !== RETRYABLE.includes(error.code)) faults.push(`retryable is ${error.retryable}`);
  if (error.name !== "SignInError" || typeof error.message !== "string" || !error.message)
    faults.push("no name or no message");
  // Each code has one message, whatever the cause, so that a page can't show 401 and 404 apart.
  if (error.code === code && !CODES_WITH_DETAIL.includes(code)) {
    if (messages.has(code) && messages.get(code) !== error.message)
      faults.push(`the message for ${code} is another than before`);
    messages.set(code, error.message);
  }
  if (code === "aborted" && wanted.abort && error.cause !== reason) faults.push("the cause is not the signal's reason");
  if (cause !== undefined && error.cause !== cause) faults.push("the cause is another");
  return faults;
}

export function same(a, b) {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || !a || !b || Array.isArray(a) !== Array.isArray(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && same(a[name], b[name]))
  );
}

const short = (text) => (text?.length > 200 ? `${text.slice(0, 200)}…` : text);

/** An outcome in the words of the published table. */
export const outcomeLabel = ({ neverSettled, threw, rejected, error, value }) => {
  if (neverSettled) return "never settled";
  if (threw) return "threw";
  if (!rejected) return value === undefined ? "loaded" : "session";
  const what = [error?.code ?? "no SignInError"];
  if (error?.status) what.push(error.status);
  for (const field of ["argument", "path"]) if (error?.[field]) what.push(error[field]);
  return what.join(" ");
};

/** The places where an outcome shows a secret, in any way of looking at it. */
export function leaks({ error, value, rejected }, more, host) {
  const given = [key, password, token, ...more].filter((text) => typeof text === "string");
  // The last part of a key is secret on its own.
  const secrets = [...new Set(given.flatMap((text) => [text, text.split(" ").at(-1)]))];
  const shown = [];
  if (rejected) collectTexts(error, shown, host, { cause: error?.code !== "aborted" });
  else if (value) {
    // The user is what the server sent. A secret that a row puts there belongs there.
    const { user, ...session } = value;
    const bare = Object.create(Object.getPrototypeOf(value), Object.getOwnPropertyDescriptors(session));
    collectTexts(bare, shown, host, { accessors: false });
    shown.push(["JSON", JSON.stringify({ ...value, user: undefined })]);
    shown.push(["the session on a console", String(host.inspect?.(value).join() ?? "")]);
  }
  return shown.flatMap(([where, text]) => (leaksSecret(text, secrets) ? [`${where} leaks a secret`] : []));
}

/** Adds all texts by which `value` can be shown to `shown`, as `[where, text]`. */
function collectTexts(
  value,
  shown,
  host,
  { cause = true, accessors = true } = {},
  where = "the error",
  seen = new Set(),
) {
  if (typeof value === "symbol" || typeof value === "function") shown.push([where, String(value)]);
  if (Object(value) !== value) return void shown.push([where, String(value)]);
  if (seen.has(value)) return;
  seen.add(value);
  const attempt = (how, work) => {
    try {
      shown.push([`${where} through ${how}`, String(work())]);
    } catch {}
  };
  attempt("String()", () => value);
  if (accessors) attempt("JSON", () => JSON.stringify(value));
  attempt("toString", () => Object.prototype.toString.call(value));
  if (cause && accessors) attempt("inspect", () => host.inspect?.(value).join() ?? "");
  for (const property of Reflect.ownKeys(value)) {
    const name = String(property);
    shown.push([`${where}'s property name`, name]);
    if (property === "cause" && !cause) continue;
    const { get, value: content } = Object.getOwnPropertyDescriptor(value, property);
    const collect = () => collectTexts(get ? value[property] : content, shown, host, {}, `${where}.${name}`, seen);
    attempt(name, () => collect() ?? "");
  }
  if (accessors) for (const field of ["name", "message", "stack", "code"]) attempt(field, () => value[field]);
}
