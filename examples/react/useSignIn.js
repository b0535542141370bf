import { useEffect, useRef, useState } from "react";
import { signIn } from "catalyze-signin";

/** One sign-in at a time: `signIn(username, password)`, and what came of it in `session`, `error` and `busy`. */
export function useSignIn(apiKey, options) {
  const [state, setState] = useState({ busy: false });
  const call = useRef(null);
  // A component that goes gives its call up.
  useEffect(() => () => call.current?.abort(), []);

  async function start(username, password) {
    call.current?.abort();
    const { signal } = (call.current = new AbortController());
    setState({ busy: true });
    try {
      const session = await signIn(apiKey, username, password, { ...options, signal });
      setState({ busy: false, session });
    } catch (error) {
      if (error.code !== "aborted") setState({ busy: false, error });
    }
  }

  return { ...state, signIn: start };
}
