// Signs in and prints the user: node sign-in.js <user name>, the password from standard input, so that no history or
// process list shows it.
import { text } from "node:stream/consumers";
import { isSignInError, signIn } from "catalyze-signin";

// The service that `cargo xtask demo` starts, unless the environment says otherwise.
const apiKey = process.env.CATALYZE_API_KEY ?? "browser demo.example c0ffee00-5157-4e1f-9b8a-0c0ffee00001";
const baseUrl = process.env.CATALYZE_BASE_URL ?? "http://127.0.0.1:8080";

const [username] = process.argv.slice(2);
const password = (await text(process.stdin)).replace(/\r?\n$/, "");

try {
  const { user } = await signIn(apiKey, username, password, { baseUrl, timeoutMs: 10_000 });
  console.log(JSON.stringify(user, null, 2));
} catch (error) {
  if (!isSignInError(error)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = error.retryable ? 75 : 1;
}
