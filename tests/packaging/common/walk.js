// What every project does: it signs in with the password, with another one, and once more to give up at once, and says
// what came of it.
import { isSignInError, signIn } from "catalyze-signin";

export async function walk(query) {
  const { apiKey, username, password, baseUrl } = Object.fromEntries(new URLSearchParams(query));
  const refusal = (call) =>
    call.then(
      () => "none",
      (error) => isSignInError(error) && `${error.name} ${error.code}`,
    );
  try {
    const controller = new AbortController();
    const options = { baseUrl, timeoutMs: 20_000, signal: controller.signal };
    const { user, token } = await signIn(apiKey, username, password, options);
    const wrong = await refusal(signIn(apiKey, username, `not ${password}`, options));
    const late = refusal(signIn(apiKey, username, password, options));
    controller.abort();
    return `${user.email.primary}, ${token.length} letters; ${wrong}; ${await late}`;
  } catch (error) {
    return `${error.stack} ${error.code}: ${error.cause?.stack ?? error.cause}`;
  }
}
