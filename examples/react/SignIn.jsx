import { useState } from "react";
import { auth } from "./auth.js";

const sentences = {
  invalid_credentials: "The user name or the password is wrong.",
  network: "The service can’t be reached.",
  rate_limited: "Too many attempts: try again later.",
};

export function SignIn() {
  const [error, setError] = useState();
  const [busy, setBusy] = useState(false);

  async function submit(event) {
    event.preventDefault();
    if (busy) return;
    const { username, password } = event.currentTarget.elements;
    setBusy(true);
    setError();
    try {
      await auth.signIn(username.value, password.value); // and with the new state this form goes
    } catch (error) {
      setError(error);
      setBusy(false);
      password.focus();
      password.select();
    }
  }

  // Not `disabled`, which would take the focus off the button.
  return (
    <form onSubmit={submit}>
      <label>
        User name
        <input name="username" autoComplete="username" autoCapitalize="none" required />
      </label>
      <label>
        Password
        <input name="password" type="password" autoComplete="current-password" required />
      </label>
      <button aria-disabled={busy}>Sign in</button>
      <p role="alert">{error && (sentences[error.code] ?? error.message)}</p>
    </form>
  );
}
