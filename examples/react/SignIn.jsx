import { useSignIn } from "./useSignIn.js";

const sentences = {
  invalid_credentials: "The user name or the password is wrong.",
  network: "The service can’t be reached.",
  rate_limited: "Too many attempts: try again later.",
};

export function SignIn({ apiKey, baseUrl }) {
  const { session, error, busy, signIn } = useSignIn(apiKey, { baseUrl });

  function submit(event) {
    event.preventDefault();
    const { username, password } = Object.fromEntries(new FormData(event.currentTarget));
    signIn(username, password);
  }

  if (session) return <p>Signed in as {session.user.email?.primary ?? session.user.usersId}</p>;
  return (
    <form onSubmit={submit}>
      <label>
        User name <input name="username" autoComplete="username" required />
      </label>
      <label>
        Password <input name="password" type="password" autoComplete="current-password" required />
      </label>
      <button disabled={busy}>Sign in</button>
      {error && <p role="alert">{sentences[error.code] ?? error.message}</p>}
    </form>
  );
}
