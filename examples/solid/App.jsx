import { createEffect, createMemo, createSignal, For, Match, on, onCleanup, Show, Switch } from "solid-js";
import { auth, useAuth } from "./auth.js";
import { SignIn } from "./SignIn.jsx";

const links = { "#/": "Home", "#/account": "Account" };
const titles = { resuming: "One moment …", unknown: "No connection", signed_out: "Sign in", signed_in: "Welcome" };
const reasons = { signed_out: "You have signed out.", expired: "Your session has expired." };

export function App() {
  const state = useAuth();
  const user = () => state().user;
  const route = useRoute();
  const isAccount = () => user() && route() === "#/account";
  const title = createMemo(() => (isAccount() ? "Your account" : titles[state().status]));

  // What had the focus may have gone with the last view.
  let heading;
  createEffect(on(title, () => document.activeElement === document.body && heading.focus(), { defer: true }));

  return (
    <>
      <header>
        <nav>
          <For each={Object.entries(links)}>
            {([href, name]) => (
              <a href={href} aria-current={href === route() ? "page" : undefined}>
                {name}
              </a>
            )}
          </For>
        </nav>
        <p role="status">
          {user() ? `Signed in as ${user().email?.primary ?? user().usersId}` : reasons[state().reason]}
        </p>
        <Show when={user()}>
          <button onClick={() => auth.signOut()}>Sign out</button>
        </Show>
      </header>
      <main>
        <h1 ref={(element) => (heading = element)} tabindex="-1">
          {title()}
        </h1>
        <Switch>
          <Match when={state().status === "unknown"}>
            <Unreachable />
          </Match>
          <Match when={state().status === "signed_out"}>
            <SignIn />
          </Match>
          <Match when={isAccount() && user()}>{(user) => <Account user={user()} />}</Match>
          <Match when={user()}>
            <p>Your data are in your account.</p>
          </Match>
        </Switch>
      </main>
    </>
  );
}

/** A page for those who are signed in: it gets the user, and so there is none without. */
function Account(props) {
  return (
    <dl>
      <dt>E-mail</dt>
      <dd>{props.user.email?.primary ?? "none"}</dd>
      <dt>User ID</dt>
      <dd>{props.user.usersId}</dd>
    </dl>
  );
}

/** Offline is not signed out: the session may be alive, so nobody is asked for a password. */
function Unreachable() {
  const [busy, setBusy] = createSignal(false);

  async function tryAgain() {
    setBusy(true);
    await auth.refresh();
    setBusy(false);
  }

  return (
    <>
      <p role="alert">{!busy() && "The service can’t be reached."}</p>
      <button aria-disabled={busy()} onClick={tryAgain}>
        Try again
      </button>
    </>
  );
}

function useRoute() {
  const read = () => location.hash || "#/";
  const [route, setRoute] = createSignal(read());
  const onRoute = () => setRoute(read());
  addEventListener("hashchange", onRoute);
  onCleanup(() => removeEventListener("hashchange", onRoute));
  return route;
}
