// What every project does: it signs in with the password and with another, and says what came of it.
import { isSignInError, signIn } from "catalyze-signin";

export async function walk(query) {
  const { apiKey, username, password, baseUrl } = Object.fromEntries(new URLSearchParams(query));
  const options = { baseUrl, timeoutMs: 20_000, signal: new AbortController().signal };
  try {
    const { user, token } = await signIn(apiKey, username, password, options);
    const refusal = await signIn(apiKey, username, `not ${password}`, options).catch((error) => error);
    const known = isSignInError(refusal) && refusal instanceof Error;
    return `${user.email.primary}, ${token.length}; ${known && refusal.name}, ${refusal.code}`;
  } catch (error) {
    return `${error.stack} ${error.code}: ${error.cause?.stack ?? error.cause}`;
  }
}
