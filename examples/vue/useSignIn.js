import { onScopeDispose, ref } from "vue";
import { signIn } from "catalyze-signin";

/** One sign-in at a time: `signIn(username, password)`, and what came of it in `session`, `error` and `busy`. */
export function useSignIn(apiKey, options) {
  const session = ref();
  const error = ref();
  const busy = ref(false);
  let call;

  async function start(username, password) {
    call?.abort();
    const { signal } = (call = new AbortController());
    busy.value = true;
    error.value = undefined;
    try {
      session.value = await signIn(apiKey, username, password, { ...options, signal });
    } catch (reason) {
      if (reason.code === "aborted") return;
      error.value = reason;
    }
    busy.value = false;
  }

  // A component that goes gives its call up.
  onScopeDispose(() => call?.abort());

  return { session, error, busy, signIn: start };
}
