import { createAuth } from "catalyze-signin";

// The service that `cargo xtask demo` starts, unless the address says otherwise. No app for others lets it: whoever made
// the link would choose who gets the password.
const { apiKey = "browser demo.example c0ffee00-5157-4e1f-9b8a-0c0ffee00001", baseUrl = "http://127.0.0.1:8080" } =
  Object.fromEntries(new URLSearchParams(location.search));

const titles = {
  resuming: "One moment …",
  unknown: "No connection",
  signed_out: "Sign in",
  signed_in: "Welcome",
  account: "Your account",
};
const reasons = { signed_out: "You have signed out.", expired: "Your session has expired." };
const sentences = {
  invalid_credentials: "The user name or the password is wrong.",
  network: "The service can’t be reached.",
  rate_limited: "Too many attempts: try again later.",
};

const one = (selector) => document.querySelector(selector);
const heading = one("h1");
let shown = "resuming";

const auth = createAuth({ apiKey, baseUrl, persist: "localStorage" });
auth.subscribe(show);
addEventListener("hashchange", () => show(auth.state));

function show({ status, user, reason }) {
  const route = location.hash || "#/";
  const view = user && route === "#/account" ? "account" : status;
  if (shown !== view) enter(view);

  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === route) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  one("[role=status]").textContent = user
    ? `Signed in as ${user.email?.primary ?? user.usersId}`
    : (reasons[reason] ?? "");
  one("#sign-out").hidden = !user;
  if (view === "account") {
    one("#email").textContent = user.email?.primary ?? "none";
    one("#users-id").textContent = user.usersId;
  }
}

/** Puts the template of a view in the place of the view before. */
function enter(view) {
  shown = view;
  one("#view").replaceChildren(one(`template#${view}`).content.cloneNode(true));
  one("form")?.addEventListener("submit", submit);
  one("#try-again")?.addEventListener("click", tryAgain);
  heading.textContent = titles[view];
  // What had the focus may have gone with the last view.
  if (document.activeElement === document.body) heading.focus();
}

one("#sign-out").addEventListener("click", () => auth.signOut());

async function submit(event) {
  event.preventDefault();
  const [button, alert] = [one("form button"), one("[role=alert]")];
  if (button.ariaDisabled) return;
  const { username, password } = event.currentTarget.elements;
  button.ariaDisabled = "true";
  alert.textContent = "";
  try {
    await auth.signIn(username.value, password.value); // and with the new state this form goes
  } catch (error) {
    alert.textContent = sentences[error.code] ?? error.message;
    button.ariaDisabled = null;
    password.focus();
    password.select();
  }
}

async function tryAgain({ currentTarget: button }) {
  const alert = one("[role=alert]");
  const sentence = alert.textContent;
  button.ariaDisabled = "true";
  alert.textContent = "";
  await auth.refresh();
  button.ariaDisabled = null;
  alert.textContent = sentence;
}
