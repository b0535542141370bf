import { init, isSignInError, signIn, SignInError } from "catalyze-signin";
import type { Session, SignInErrorCode, SignInOptions } from "catalyze-signin";
import { walk } from "./walk.js";

/** What to say of a failed call: `error.code` narrows to a closed list, which TypeScript holds us to. */
export function explain(error: unknown): string {
  if (!isSignInError(error)) throw error;
  switch (error.code) {
    case "invalid_credentials":
      return "The user name or the password is wrong.";
    case "rate_limited":
    case "server_error":
      return `Try again in ${Math.ceil((error.retryAfterMs ?? 5000) / 1000)} s.`;
    case "timeout":
    case "network":
      return "The service can't be reached.";
    case "invalid_argument":
      return `Check the ${error.argument ?? "fields"}.`;
    case "bad_request":
    case "forbidden":
      return error.serverErrors[0]?.message ?? `The service refused: ${error.status ?? "no status"}.`;
    case "invalid_response":
      return `The answer has no ${error.expected ?? "value"} at “${error.path ?? ""}”.`;
    case "aborted":
    case "signed_out":
    case "store_failed":
    case "wasm_unavailable":
    case "internal":
      return error.message;
    default:
      return error.code satisfies never;
  }
}

export async function cityOf(apiKey: string, password: string, signal?: AbortSignal): Promise<string | undefined> {
  const options: SignInOptions = { timeoutMs: 5000, signal };
  const { user }: Session = await signIn(apiKey, "bob", password, options);
  return user.addresses?.[0]?.city ?? undefined;
}

export const codeOf = (error: unknown): SignInErrorCode | undefined =>
  error instanceof SignInError ? error.code : undefined;

/** What the host makes of the module's own entry goes into `init`. */
export const preload = (module: typeof import("catalyze-signin/wasm").default): Promise<void> => init(module);

console.log(await walk(process.env["SIGN_IN"] ?? ""));
