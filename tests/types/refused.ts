// What the published types refuse. Each line is an error, or this file is.
import { createAuth, init, resume, signIn, SignInError, webStorage } from "catalyze-signin";
import type { Auth, Session, User } from "catalyze-signin";

// @ts-expect-error a key is a string
void signIn(5, "bob", "password");
// @ts-expect-error a password is needed
void signIn("key", "bob");
// @ts-expect-error no option of that name
void signIn("key", "bob", "password", { timeout: 5 });
// @ts-expect-error milliseconds are a number
void signIn("key", "bob", "password", { timeoutMs: "5" });
// @ts-expect-error nothing is no module (to TypeScript, anything else could be one)
void init(null);
// @ts-expect-error errors come from the package
new SignInError();

// @ts-expect-error a token is needed
void resume("key");
// @ts-expect-error without a key and a token, a store is needed
void resume({ timeoutMs: 5 });
// @ts-expect-error a store has three methods
void resume({ store: { get: () => null } });
// @ts-expect-error no storage of that name
webStorage("cookies");

// @ts-expect-error a key is needed
createAuth({ persist: "localStorage" });
// @ts-expect-error no storage of that name
createAuth({ apiKey: "key", persist: "cookies" });
// @ts-expect-error an auth has no end, and so no signal
createAuth({ apiKey: "key", signal: AbortSignal.timeout(1) });

export function asks(auth: Auth): void {
  // @ts-expect-error a state does not change
  auth.state = { status: "resuming" };
  // @ts-expect-error only who is signed in is a user
  void auth.state.user;
  // @ts-expect-error where the service is, the auth was told
  void auth.signIn("bob", "password", { baseUrl: "https://h" });
}

export function changes(session: Session, user: User, error: SignInError): void {
  // @ts-expect-error a session does not change
  session.token = "";
  // @ts-expect-error the first argument is no number
  void session.fetch(5);
  // @ts-expect-error a session ends in two ways
  session.addEventListener("ended", (event) => event.detail === "aborted");
  // @ts-expect-error a user does not change
  user.usersId = "";
  // @ts-expect-error an error does not change
  error.code = "internal";
  // @ts-expect-error no code of that name
  void (error.code === "wrong_password");
  // @ts-expect-error a field may be missing
  user.email.primary.trim();
}
