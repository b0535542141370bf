// The demo page of catalyze-signin: a form and a card over createAuth().
import { createAuth } from "/pkg/index.js";

const element = (id) => document.getElementById(id);

const form = element("sign-in-form");
/** Its inputs, by the names of the arguments that they are for. */
const fields = form.elements;
let attempt = null; // the AbortController of the sign-in under way

const auths = new Map(); // what createAuth() has made, by the options that it was given
let home; // the one that keeps its session in this browser, and so learns of those of other tabs
let auth; // the one on show: `home`, or one that keeps its session in this page only
let shown; // the status on show
let checking; // the timer of a check that may be over before anybody has to see it

// --- What each error code means to the person at the form ---------------------------------------------------------

const sentences = {
  invalid_argument: ({ argument }) =>
    refusalOf(fields[argument]) ?? "This page asked for sign-in in the wrong way: reload it and try again.",
  invalid_credentials: () => "The user name or the password is wrong: check both and try again.",
  bad_request: () => "The service did not accept the request: check what is under “Connection settings”.",
  forbidden: () =>
    "This account or API key is not allowed to sign in here: ask whoever runs the application for access.",
  rate_limited: ({ retryAfterMs }) => `Too many attempts: try again ${wait(retryAfterMs)}.`,
  server_error: ({ retryAfterMs }) => `The service has a fault of its own: try again ${wait(retryAfterMs)}.`,
  invalid_response: () =>
    "No sign-in service answered: check the base URL, and whether your network wants you to log in to it first.",
  timeout: () => "The service took too long to answer: check your connection and try again.",
  aborted: () => "Sign-in was cancelled, and you can start again at any time.",
  network: () => "The service can’t be reached: check your connection and the base URL, then try again.",
  signed_out: () => "This session has ended: sign in again to go on.",
  store_failed: () =>
    "You are signed in, but this browser did not let the page keep the session: it ends with this page.",
  wasm_unavailable: () =>
    "Your browser did not load the sign-in module: allow WebAssembly for this page, or use a current browser.",
  internal: () => "Sign-in failed through a fault of ours: try again, and reload this page if it goes on.",
};

/** What the page says of an input that the client did not take as it is. */
const refusalOf = (input) => input && ((!input.value && input.dataset.missing) || input.dataset.refused);

function wait(milliseconds) {
  if (milliseconds === undefined) return "in a few minutes";
  return new Intl.RelativeTimeFormat("en-GB").format(Math.max(1, Math.ceil(milliseconds / 1000)), "second");
}

/** The sentence for a failure of the client, whatever its code. */
export const sentenceFor = (error) => (sentences[error.code] ?? sentences.internal)(error);

const explained = (error) => [make("p", {}, sentenceFor(error)), make("code", {}, error.code)];

// --- The form -----------------------------------------------------------------------------------------------------

async function submit(event) {
  event.preventDefault();
  if (attempt) return;
  attempt = new AbortController();
  showPassword(false);
  clearError();
  say("");
  showBusy(true);
  // Read from the inputs: FormData would replace a lone surrogate, and so send another password than was typed.
  const [username, password] = [fields.username.value, fields.password.value];
  const service = { apiKey: fields.apiKey.value, baseUrl: fields.baseUrl.value };
  const keeping = fields.keep.checked;
  const entered = keeping ? keepingAuth(service) : authOf(service);
  try {
    await entered.signIn(username, password, { signal: attempt.signal, timeoutMs: 30_000 });
    if (keeping) {
      home = entered;
      withStorage((storage) => storage.setItem(serviceKey, JSON.stringify(service)));
    }
    if (auth !== entered) show(entered);
    offerToSave(username, password);
  } catch (error) {
    // Another tab may have signed in meanwhile.
    if (!element("entry").hidden) showError(error);
  } finally {
    attempt = null;
    showBusy(false);
  }
}

function showBusy(busy) {
  form.setAttribute("aria-busy", busy);
  element("submit").setAttribute("aria-disabled", busy); // not `disabled`: that would drop the focus
  element("submit").textContent = busy ? "Signing in…" : "Sign in";
  element("progress").textContent = busy ? "Signing in…" : "";
  element("cancel").hidden = !busy;
}

/** Says what is wrong, marks the fields at fault, and puts the focus where the person goes on. */
function showError(error) {
  element("error").replaceChildren(...explained(error));
  const isEither = error.code === "invalid_credentials";
  const field = fields[isEither ? "password" : error.argument];
  if (!field) return element(error.code === "aborted" ? "submit" : "error").focus();
  for (const wrong of isEither ? [fields.username, field] : [field]) mark(wrong, true);
  if (element("connection").contains(field)) element("connection").open = true;
  field.focus();
  field.select();
}

function clearError() {
  element("error").replaceChildren();
  for (const field of form.querySelectorAll("[aria-invalid]")) mark(field, false);
}

function mark(field, wrong) {
  field.setAttribute("aria-invalid", wrong);
  const others = field.getAttribute("aria-describedby").replace(" error", "");
  field.setAttribute("aria-describedby", wrong ? `${others} error` : others);
}

function showPassword(visible) {
  fields.password.type = visible ? "text" : "password";
  element("show-password").firstChild.data = visible ? "Hide" : "Show";
  element("password-visibility").textContent = visible ? "Your password is visible on the screen." : "";
}

/** Asks the browser's password manager to keep what worked. Only Chromium has the interface, and it may refuse. */
function offerToSave(username, password) {
  if (!("PasswordCredential" in window) || window !== window.top) return;
  const credential = new PasswordCredential({ id: username, name: username, password });
  navigator.credentials.store(credential).catch(() => {}); // the person is signed in all the same
}

/** Says on the form what became of the session. */
const say = (text) => (element("message").textContent = text);

// --- Who is signed in, and the view of that -----------------------------------------------------------------------

function authOf(options) {
  const name = JSON.stringify(options);
  if (!auths.has(name)) {
    const made = createAuth(options);
    auths.set(name, made);
    made.subscribe((state) => auth === made && render(state));
  }
  return auths.get(name);
}

/** It says within five seconds whether somebody is still signed in, or that it could not learn of it. */
const keepingAuth = (service) => authOf({ ...service, persist: "localStorage", timeoutMs: 5_000 });

/** Where the service of a kept session is kept: createAuth() has to know it before it can look. */
const serviceKey = "catalyze-demo:service";

function withStorage(work) {
  try {
    return work(localStorage);
  } catch {
    return null; // where the browser blocks its storage, nothing is kept
  }
}

function show(next) {
  auth = next;
  render(auth.state);
}

function render({ status, session, reason, error }) {
  const before = shown;
  shown = status;
  clearTimeout(checking);
  if (status === "resuming") checking = setTimeout(showCheck, 300, "Checking whether you are still signed in…");
  else if (status === "unknown") showCheck(...explained(error));
  else if (status === "signed_in") showAccount(session, before);
  else showForm(reason, before);
}

/** Neither the form nor the card: whether somebody is signed in is not known. */
function showCheck(...content) {
  showView("check");
  element("check-status").replaceChildren(...content);
  element("try-again").hidden = shown === "resuming";
  if (!element("check").contains(document.activeElement)) element("try-again").focus();
}

function showAccount(session, before) {
  // Password managers take a sign-in as done when the form goes and the address changes.
  history[before === "signed_out" ? "pushState" : "replaceState"](null, "", "#account");
  element("keeping").textContent =
    auth === home && !session.storeError
      ? "This browser keeps it until you sign out; it lives 24 hours at most."
      : "This page keeps it in memory and forgets it when you leave.";
  element("session-status").textContent = session.storeError ? sentenceFor(session.storeError) : "";
  fields.password.value = "";
  showToken(false);
  showUser(session.user);
  showView("account");
  element("account-heading").focus();
}

/** What the form says when the session ended, and not by this tab’s “Sign out”. */
const endings = {
  signed_out: "You were signed out in another tab.",
  expired: "Your session has expired: sign in again to go on.",
};

function showForm(reason, before) {
  clearAddress();
  if (auth === home && before !== "signed_out") withStorage((storage) => storage.removeItem(serviceKey));
  // Who is at the form already keeps the focus.
  const isNew = element("entry").hidden;
  showView("entry");
  if (isNew) {
    showToken(false);
    element("account-heading").textContent = "";
    element("user").replaceChildren();
    // Whose session has expired goes on under the user name as it was typed.
    if (reason === "signed_out") [fields.username.value, fields.keep.checked] = ["", false];
    // Whose session had died before they came has nothing to be told.
    say((before !== "resuming" && endings[reason]) || "");
    (fields.username.value ? fields.password : fields.username).focus();
  }
  // At the form, a sign-in in another tab counts.
  if (auth !== home) show(home);
}

function showView(view) {
  element("sign-in").classList.remove("undecided");
  element("sign-in").hidden = view === "account";
  for (const id of ["entry", "check", "account"]) element(id).hidden = id !== view;
  element("parts").hidden = view === "account"; // the other page would cost the session that only this one holds
  document.title = view === "account" ? "Signed in – Catalyze demo" : "Sign in – Catalyze demo";
  scrollTo(0, 0);
}

/** After a reload, or on the way forward, the address may still name a card that is gone. */
const clearAddress = () => location.hash && history.replaceState(null, "", location.pathname);

// --- The session --------------------------------------------------------------------------------------------------

/** Ends the session here at once, and says so; then says what came of telling the service. */
async function signOut() {
  const { session } = auth.state;
  const known = session?.storeError;
  const signingOut = auth.signOut();
  say("You are signed out on this device. Telling the service…");
  const { confirmed, error } = await signingOut;
  // Somebody has signed in meanwhile.
  if (auth.state.session) return;
  if (confirmed) say("You are signed out.");
  else if (session?.storeError === known && error.code !== "store_failed")
    say("You are signed out on this device. The service could not be told: there, the session dies within 24 hours.");
  else
    say(
      "You are signed out of this page, but the service could not be told and this browser still keeps the session. " +
        "Clear this site’s data, or a reload may sign you in again.",
    );
}

/** Asks the service, and says what `question` makes of the answer about the session on show. */
async function ask(button, status, question) {
  if (button.getAttribute("aria-disabled") === "true") return;
  const { session } = auth.state;
  button.setAttribute("aria-disabled", true); // not `disabled`: that would drop the focus
  status.textContent = "Asking the service…";
  const sentence = await question(session).catch(sentenceFor);
  button.setAttribute("aria-disabled", false);
  // When it has ended, and while there is none, the view of that has its own sentence.
  if (session && session === auth.state.session) status.textContent = sentence;
}

const checkSession = (session) => session.verify().then(() => "The session is alive: the service still knows you.");

async function reloadRecord(session) {
  const { usersId } = session.user;
  // The headers have the session’s own deadline; this one ends a body that stalls.
  const signal = AbortSignal.timeout(60_000);
  const response = await session.fetch(`/v2/users/${encodeURIComponent(usersId)}`, { signal });
  const record = response.ok && (await response.json().catch(() => null));
  if (record?.usersId !== usersId)
    return `Your record could not be read: the service’s answer, with status ${response.status}, does not hold it.`;
  if (session === auth.state.session) showUser(record);
  return "This is your record as the service has it now.";
}

/** The token is in the document only while it is on show. */
function showToken(visible) {
  element("token").textContent = visible ? auth.state.session.token : "";
  element("token-panel").hidden = !visible;
  element("show-token").textContent = visible ? "Hide session token" : "Show session token";
  element("show-token").setAttribute("aria-expanded", visible);
  element("copy-status").textContent = "";
}

async function copyToken() {
  try {
    await navigator.clipboard.writeText(auth.state.session.token);
    element("copy-status").textContent = "Copied.";
  } catch {
    getSelection().selectAllChildren(element("token"));
    element("copy-status").textContent =
      "Your browser does not let this page copy. The token is selected: copy it yourself.";
  }
}

// --- The user's card ----------------------------------------------------------------------------------------------

/** The user model in reading order: the title of each card and the fields of `user` on it. */
const groups = {
  Account: ["username", "usersId", "type", "active", "confCode", "createdAt", "updatedAt"],
  Name: ["name"],
  Email: ["email"],
  Phone: ["phoneNumber"],
  Person: "dob age gender maritalStatus religion race ethnicity ssn avatar profilePhoto".split(" "),
  Addresses: ["addresses"],
  Languages: ["languages"],
  Guardians: ["guardians"],
  "Social networks": ["socialIds"],
  "Medical record numbers": ["mrns"],
  "Health plans": ["healthPlans"],
};

/** Labels that can't be had by taking a field's name apart. */
const labels = {
  username: "User name",
  usersId: "User ID",
  confCode: "Confidentiality code",
  dob: "Date of birth",
  ssn: "Social security number",
  zipCode: "ZIP code",
  viewPhi: "May see health data",
  mrn: "Number",
};

const day = { day: "numeric", month: "long", year: "numeric" };
const moment = new Intl.DateTimeFormat("en-GB", { ...day, hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
const birthday = new Intl.DateTimeFormat("en-GB", { ...day, timeZone: "UTC" }); // the same in every zone
const dateFormats = { createdAt: moment, updatedAt: moment, dob: birthday };

/** One card per group that has something in it, then `extras` and whatever the model does not know, as they came. */
function showUser(user) {
  const { name, username, email, usersId } = user;
  const fullName = [name?.firstName, name?.lastName].filter(Boolean).join(" ");
  element("account-heading").textContent = `Signed in as ${fullName || username || email?.primary || usersId}`;

  const known = ["extras", ...Object.values(groups).flat()];
  const others = Object.entries(user).filter(([key, value]) => !known.includes(key) && value !== null);
  element("user").replaceChildren(
    ...Object.entries(groups).flatMap(([title, keys]) => card(title, contentOf(keys, user))),
    ...card("Extras", (user.extras ?? null) === null ? [] : [json(user.extras, { "data-field": "extras" })]),
    // What the model does not know goes by its own name.
    ...card("Other fields", list(others.map(([key, value]) => row(key, key, readable(key, value))))),
  );
}

const card = (title, content) =>
  content.length ? [make("section", { class: "card" }, make("h2", {}, title), ...content)] : [];

/** A description list of these fields; of an array, such as `addresses`, a numbered list with one for each item. */
function contentOf(keys, user) {
  const [key] = keys;
  if (!Array.isArray(user[key])) return list(keys.flatMap((each) => rows(each, user[each], each)));
  const items = user[key].map((item, index) => make("li", {}, ...list(rows("Value", item, `${key}[${index}]`))));
  return items.length ? [make("ol", {}, ...items)] : [];
}

const list = (content) => (content.length ? [make("dl", {}, ...content)] : []);

/** A row for each plain value in `value`, however deep; `path` is its address in the user object. */
function rows(key, value, path) {
  if (value === null || value === undefined) return [];
  if (typeof value !== "object" || Array.isArray(value)) return [row(labelOf(key), path, readable(key, value))];
  return Object.entries(value).flatMap(([name, inner]) => rows(name, inner, `${path}.${name}`));
}

const row = (label, path, content) =>
  make("div", {}, make("dt", {}, label), make("dd", { "data-field": path }, content));

/** `firstName` → “First name”. */
function labelOf(key) {
  const words = key.replace(/(?<=[a-z])([A-Z]|\d)/g, (start) => ` ${start.toLowerCase()}`);
  return Object.hasOwn(labels, key) ? labels[key] : words.charAt(0).toUpperCase() + words.slice(1);
}

function readable(key, value) {
  if (typeof value === "object") return json(value);
  if (typeof value === "boolean") return value ? "Yes" : "No";
  const date = Object.hasOwn(dateFormats, key) ? new Date(value) : NaN;
  if (!Number.isNaN(date.valueOf())) return make("time", { datetime: value }, dateFormats[key].format(date));
  return String(value) || "(empty)";
}

const json = (value, attributes = {}) => make("pre", attributes, JSON.stringify(value, null, 2));

function make(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

// --- Start --------------------------------------------------------------------------------------------------------

const onClick = (id, listener) => element(id).addEventListener("click", listener);
const onAsk = (id, status, question) => onClick(id, () => ask(element(id), element(status), question));

form.addEventListener("submit", submit);
form.addEventListener("input", clearError);
onClick("cancel", () => attempt?.abort());
onClick("show-password", () => showPassword(fields.password.type === "password"));
onClick("show-token", () => showToken(element("token-panel").hidden));
onClick("copy-token", copyToken);
onAsk("try-again", "check-status", () => auth.refresh());
onAsk("check-session", "session-status", checkSession);
onAsk("reload-record", "session-status", reloadRecord);
onClick("sign-out", signOut);
onClick("sign-out-unchecked", signOut);
// Back signs out as well: on a shared machine nobody gets the card back with the Forward button.
addEventListener("popstate", () => (auth.state.session ? signOut() : clearAddress()));

fields.baseUrl.defaultValue = location.origin;
element("load-notice").remove();
element("submit").disabled = false;
const kept = withStorage((storage) => JSON.parse(storage.getItem(serviceKey)));
const { apiKey = fields.apiKey.value, baseUrl = fields.baseUrl.value } = kept ?? {};
[fields.apiKey.value, fields.baseUrl.value] = [apiKey, baseUrl];
home = keepingAuth({ apiKey, baseUrl });
show(home);
