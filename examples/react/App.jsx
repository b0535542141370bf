import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { auth, useAuth } from "./auth.js";
import { SignIn } from "./SignIn.jsx";

const links = { "#/": "Home", "#/account": "Account" };
const titles = { resuming: "One moment …", unknown: "No connection", signed_out: "Sign in", signed_in: "Welcome" };
const reasons = { signed_out: "You have signed out.", expired: "Your session has expired." };

export function App() {
  const { status, user, reason } = useAuth();
  const route = useRoute();
  const isAccount = status === "signed_in" && route === "#/account";
  const title = isAccount ? "Your account" : titles[status];

  // What had the focus may have gone with the last view.
  const heading = useRef(null);
  useEffect(() => {
    if (document.activeElement === document.body) heading.current.focus();
  }, [title]);

  return (
    <>
      <header>
        <nav>
          {Object.entries(links).map(([href, name]) => (
            <a key={href} href={href} aria-current={href === route ? "page" : undefined}>
              {name}
            </a>
          ))}
        </nav>
        <p role="status">{user ? `Signed in as ${user.email?.primary ?? user.usersId}` : reasons[reason]}</p>
        {user && <button onClick={() => auth.signOut()}>Sign out</button>}
      </header>
      <main>
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {status === "unknown" && <Unreachable />}
        {status === "signed_out" && <SignIn />}
        {user && (isAccount ? <Account user={user} /> : <p>Your data are in your account.</p>)}
      </main>
    </>
  );
}

/** A page for those who are signed in: it gets the user, and so there is none without. */
function Account({ user }) {
  return (
    <dl>
      <dt>E-mail</dt>
      <dd>{user.email?.primary ?? "none"}</dd>
      <dt>User ID</dt>
      <dd>{user.usersId}</dd>
    </dl>
  );
}

/** Offline is not signed out: the session may be alive, so nobody is asked for a password. */
function Unreachable() {
  const [busy, setBusy] = useState(false);

  async function tryAgain() {
    setBusy(true);
    await auth.refresh();
    setBusy(false);
  }

  return (
    <>
      <p role="alert">{!busy && "The service can’t be reached."}</p>
      <button aria-disabled={busy} onClick={tryAgain}>
        Try again
      </button>
    </>
  );
}

function useRoute() {
  return useSyncExternalStore(
    onRoute,
    () => location.hash || "#/",
    () => "#/",
  );
}

function onRoute(listener) {
  addEventListener("hashchange", listener);
  return () => removeEventListener("hashchange", listener);
}
