// The demo page of catalyze-signin: one form over signIn(), and the session it returns.
import { isSignInError, resume, signIn, webStorage } from "/pkg/index.js";

const element = (id) => document.getElementById(id);

const form = element("sign-in-form");
const fields = {
  username: element("username"),
  password: element("current-password"),
  apiKey: element("api-key"),
  baseUrl: element("base-url"),
};
const keep = element("keep");

/** Where the session of those who ask for it outlives the page. */
const store = webStorage("localStorage");
/** The AbortController of the sign-in under way, or null. */
let attempt = null;
/** The session on show, or null. */
let session = null;

// --- What each error code means to the person at the form ---------------------------------------------------------

const argumentSentences = {
  username: () =>
    fields.username.value
      ? "The user name holds a character that can’t be sent: type it again."
      : "Enter your user name.",
  password: () =>
    fields.password.value
      ? "The password holds a character that can’t be sent: type it again."
      : "Enter your password.",
  apiKey: () =>
    "The API key is not valid: give its type, identifier and id with single spaces between them, or its id alone.",
  baseUrl: () =>
    "The base URL is not valid: it starts with https:// (http:// only on this machine) and holds no user name, “?” or “#”.",
};

const sentences = {
  invalid_argument: ({ argument }) =>
    argumentSentences[argument]?.() ?? "This page asked for sign-in in the wrong way: reload it and try again.",
  invalid_credentials: () => "The user name or the password is wrong: check both and try again.",
  bad_request: () =>
    "The service did not accept the request: check the API key and the base URL under “Connection settings”.",
  forbidden: () =>
    "This account or API key is not allowed to sign in here: ask whoever runs the application for access.",
  rate_limited: ({ retryAfterMs }) => `Too many attempts: try again ${wait(retryAfterMs)}.`,
  server_error: ({ retryAfterMs }) => `The service has a fault of its own: try again ${wait(retryAfterMs)}.`,
  invalid_response: () =>
    "What answered is no working sign-in service: check the base URL, and whether your network wants you to log in to it first.",
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

function wait(milliseconds) {
  if (milliseconds === undefined) return "in a few minutes";
  const seconds = Math.max(1, Math.ceil(milliseconds / 1000));
  return seconds === 1 ? "in 1 second" : `in ${seconds} seconds`;
}

/** The sentence for a failure of the client, whatever its code. */
export const sentenceFor = (error) => (sentences[error.code] ?? sentences.internal)(error);

// --- The form -----------------------------------------------------------------------------------------------------

async function submit() {
  attempt = new AbortController();
  hidePassword();
  clearError();
  say("");
  showBusy(true);
  // Read from the inputs: FormData would replace a lone surrogate, and so send another password than was typed.
  const [username, password] = [fields.username.value, fields.password.value];
  const keeping = keep.checked;
  try {
    const opened = await signIn(fields.apiKey.value, username, password, {
      baseUrl: fields.baseUrl.value,
      signal: attempt.signal,
      store: keeping ? store : undefined,
    });
    if (!keeping) forgetKept();
    showBusy(false);
    // Password managers take a sign-in as done when the form goes and the address changes.
    history.pushState(null, "", "#account");
    openAccount(opened, keeping);
    offerToSave(username, password);
  } catch (error) {
    showBusy(false);
    showError(isSignInError(error) ? error : { code: "internal" });
  } finally {
    attempt = null;
  }
}

function showBusy(busy) {
  form.setAttribute("aria-busy", busy);
  element("submit").setAttribute("aria-disabled", busy); // not `disabled`: that would drop the focus
  element("submit").textContent = busy ? "Signing in…" : "Sign in";
  element("progress").textContent = busy ? "Signing in…" : "";
  element("cancel").hidden = !busy;
}

function showError(error) {
  element("error").replaceChildren(make("p", {}, sentenceFor(error)), make("code", {}, error.code));

  for (const field of fieldsAtFault(error)) {
    field.setAttribute("aria-invalid", "true");
    describe(field, (ids) => ids.add("error"));
  }
  focusAfter(error);
}

function fieldsAtFault({ code, argument }) {
  if (code === "invalid_credentials") return [fields.username, fields.password];
  return code === "invalid_argument" && fields[argument] ? [fields[argument]] : [];
}

/** Puts the focus where the person goes on. */
function focusAfter({ code, argument }) {
  if (code === "aborted") return element("submit").focus();
  const field = code === "invalid_credentials" ? fields.password : code === "invalid_argument" && fields[argument];
  if (!field) return element("error").focus();
  if (element("connection").contains(field)) element("connection").open = true;
  field.focus();
  field.select();
}

function clearError() {
  element("error").replaceChildren();
  for (const field of Object.values(fields)) {
    field.setAttribute("aria-invalid", "false");
    describe(field, (ids) => ids.delete("error"));
  }
}

/** Changes the set of ids in a field's aria-describedby. */
function describe(field, change) {
  const ids = new Set(field.getAttribute("aria-describedby")?.split(" "));
  change(ids);
  if (ids.size) field.setAttribute("aria-describedby", [...ids].join(" "));
  else field.removeAttribute("aria-describedby");
}

function showPassword(visible) {
  fields.password.type = visible ? "text" : "password";
  element("show-password").firstChild.data = visible ? "Hide" : "Show";
  element("password-visibility").textContent = visible ? "Your password is visible on the screen." : "";
}

const hidePassword = () => showPassword(false);

/** Asks the browser's password manager to keep what worked. Only Chromium has the interface, and it may refuse. */
async function offerToSave(username, password) {
  if (!("PasswordCredential" in window) || window !== window.top) return;
  try {
    await navigator.credentials.store(new PasswordCredential({ id: username, name: username, password }));
  } catch {
    // Not kept, then: the person is signed in all the same.
  }
}

/** An earlier session that could not be resumed: it is not to come back in place of this one. */
function forgetKept() {
  try {
    store.remove();
  } catch {
    // Where the browser blocks its storage, nothing is kept.
  }
}

// --- The two views ------------------------------------------------------------------------------------------------

function openAccount(opened, keeping) {
  session = opened;
  session.addEventListener("ended", ({ detail }) => {
    if (session === opened) closeAccount(detail, endings[detail]);
  });
  showUser(session.user);
  element("keeping").textContent =
    keeping && !session.storeError
      ? "This browser keeps it until you sign out; it lives 24 hours at most."
      : "This page keeps it in memory and forgets it when you leave.";
  report(session.storeError ? sentenceFor(session.storeError) : "");
  fields.password.value = "";
  showView("account");
  element("account-heading").focus();
}

/** What the form says when the session ended, and not by this tab’s “Sign out”. */
const endings = {
  signed_out: "You were signed out in another tab.",
  expired: "Your session has expired: sign in again to go on.",
};

/** Back to the form. Whose session has expired goes on under the user name as it was typed. */
function closeAccount(reason, text) {
  forgetSession();
  if (reason === "signed_out") {
    fields.username.value = "";
    keep.checked = false;
  }
  clearAddress();
  showView("sign-in");
  showForm(text);
}

function showForm(text) {
  form.hidden = false;
  element("skip-check").hidden = true;
  say(text);
  (fields.username.value ? fields.password : fields.username).focus();
}

function showView(id) {
  element("sign-in").hidden = id !== "sign-in";
  element("account").hidden = id !== "account";
  element("parts").hidden = id === "account"; // the other page would cost the session that only this one holds
  document.title = id === "account" ? "Signed in – Catalyze demo" : "Sign in – Catalyze demo";
  scrollTo(0, 0);
}

/** Says on the form what became of the session. */
function say(text) {
  element("message").textContent = text;
}

/** After a reload, or on the way forward, the address may still name a card that is gone. */
function clearAddress() {
  if (location.hash) history.replaceState(null, "", location.pathname);
}

function forgetSession() {
  session = null;
  showToken(false);
  element("account-heading").textContent = "";
  element("user").replaceChildren();
}

// --- The session --------------------------------------------------------------------------------------------------

/** Goes on with the session that this browser keeps: one short try, then the form. */
async function resumeKept() {
  const check = new AbortController();
  element("skip-check").addEventListener("click", () => check.abort());
  // Where nothing is kept, resume() says so before the next frame: nobody sees a check of nothing.
  const frame = requestAnimationFrame(() => {
    form.hidden = true;
    element("skip-check").hidden = false;
    say("Checking whether you are still signed in…");
  });
  try {
    const resumed = await resume({ store, timeoutMs: 5_000, signal: check.signal });
    history.replaceState(null, "", "#account");
    openAccount(resumed, true);
  } catch ({ code }) {
    clearAddress();
    const text = ["signed_out", "store_failed", "aborted"].includes(code)
      ? ""
      : "Whether you are still signed in could not be checked: sign in here, or reload this page to try again.";
    // Who is at the form already keeps the focus.
    if (form.hidden) showForm(text);
    else say(text);
  } finally {
    cancelAnimationFrame(frame);
    element("sign-in").classList.remove("undecided");
  }
}

/** Ends the session here at once, and says so; then says what came of telling the service. */
async function signOut() {
  const leaving = session;
  const known = leaving.storeError;
  closeAccount("signed_out", "You are signed out on this device. Telling the service…");
  const { confirmed } = await leaving.signOut();
  // Somebody has signed in meanwhile.
  if (session) return;
  if (confirmed) say("You are signed out.");
  else if (leaving.storeError === known)
    say("You are signed out on this device. The service could not be told: there, the session dies within 24 hours.");
  else
    say(
      "You are signed out of this page, but the service could not be told and this browser still keeps the session. " +
        "Clear this site’s data, or a reload may sign you in again.",
    );
}

/** Asks the service through the session, and reports what `question` makes of the answer. */
async function ask(button, question) {
  if (button.getAttribute("aria-disabled") === "true") return;
  const asked = session;
  button.setAttribute("aria-disabled", true); // not `disabled`: that would drop the focus
  report("Asking the service…");
  const sentence = await question(asked).catch(sentenceFor);
  button.setAttribute("aria-disabled", false);
  // A session that has ended has its sentence on the form.
  if (session === asked) report(sentence);
}

async function checkSession(asked) {
  await asked.verify();
  return "The session is alive: the service still knows you.";
}

async function reloadRecord(asked) {
  const { usersId } = asked.user;
  // The headers have the session’s own deadline; this one ends a body that stalls.
  const response = await asked.fetch(`/v2/users/${encodeURIComponent(usersId)}`, {
    signal: AbortSignal.timeout(60_000),
  });
  const record = response.ok && (await response.json().catch(() => null));
  if (record?.usersId !== usersId)
    return `Your record could not be read: the service’s answer, with status ${response.status}, does not hold it.`;
  if (session === asked) showUser(record);
  return "This is your record as the service has it now.";
}

/** Says on the card what the service answered. */
function report(text) {
  element("session-status").textContent = text;
}

// --- The session token --------------------------------------------------------------------------------------------

/** The token is in the document only while it is on show. */
function showToken(visible) {
  element("token").textContent = visible ? session.token : "";
  element("token-panel").hidden = !visible;
  element("show-token").textContent = visible ? "Hide session token" : "Show session token";
  element("show-token").setAttribute("aria-expanded", visible);
  element("copy-status").textContent = "";
}

async function copyToken() {
  try {
    await navigator.clipboard.writeText(session.token);
    element("copy-status").textContent = "Copied.";
  } catch {
    getSelection().selectAllChildren(element("token"));
    element("copy-status").textContent =
      "Your browser does not let this page copy. The token is selected: copy it yourself.";
  }
}

// --- The user's card ----------------------------------------------------------------------------------------------

/** The user model in reading order: the title of each card and the fields of `user` on it. */
const groups = [
  ["Account", ["username", "usersId", "type", "active", "confCode", "createdAt", "updatedAt"]],
  ["Name", ["name"]],
  ["Email", ["email"]],
  ["Phone", ["phoneNumber"]],
  [
    "Person",
    ["dob", "age", "gender", "maritalStatus", "religion", "race", "ethnicity", "ssn", "avatar", "profilePhoto"],
  ],
  ["Addresses", ["addresses"]],
  ["Languages", ["languages"]],
  ["Guardians", ["guardians"]],
  ["Social networks", ["socialIds"]],
  ["Medical record numbers", ["mrns"]],
  ["Health plans", ["healthPlans"]],
];

/** Labels that can't be had by taking a field's name apart. */
const labels = {
  username: "User name",
  usersId: "User ID",
  confCode: "Confidentiality code",
  createdAt: "Created",
  updatedAt: "Updated",
  dob: "Date of birth",
  ssn: "Social security number",
  addressLine1: "Address line 1",
  addressLine2: "Address line 2",
  zipCode: "ZIP code",
  viewPhi: "May see health data",
  mrn: "Number",
};

const moment = {
  day: "numeric",
  month: "long",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  timeZoneName: "short",
};
const dateFormats = {
  createdAt: new Intl.DateTimeFormat("en-GB", moment),
  updatedAt: new Intl.DateTimeFormat("en-GB", moment),
  dob: new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" }), // a day: the same in every zone
};

function displayName({ name, username, email, usersId }) {
  return [name?.firstName, name?.lastName].filter(Boolean).join(" ") || username || email?.primary || usersId;
}

function showUser(user) {
  element("account-heading").textContent = `Signed in as ${displayName(user)}`;
  element("user").replaceChildren(...userCards(user));
}

/** One card per group that has something in it, then `extras` and whatever the model does not know, as they came. */
function userCards(user) {
  const left = new Map(Object.entries(user).filter(([, value]) => value !== null && value !== undefined));
  const take = (key) => {
    const value = left.get(key);
    return left.delete(key) ? [[key, value]] : [];
  };
  const extras = take("extras");
  const known = groups.map(([title, keys]) => card(title, ...cardContent(keys.flatMap(take))));
  return [
    ...known,
    card("Extras", ...extras.map(([key, value]) => at(key, json(value)))),
    card("Other fields", ...list([...left].map(unknownRow))),
  ].filter(Boolean);
}

function card(title, ...content) {
  return content.length && make("section", { className: "card" }, make("h2", {}, title), ...content);
}

/** A description list of the entries; for an array, such as `addresses`, a numbered list with one for each item. */
function cardContent(entries) {
  const [key, value] = entries[0] ?? [];
  if (!Array.isArray(value)) return list(entries.flatMap(([name, inner]) => rows(name, inner, name)));
  const items = value.map((item, index) => make("li", {}, ...list(rows("Value", item, `${key}[${index}]`))));
  return items.length ? [make("ol", {}, ...items)] : [];
}

const list = (content) => (content.length ? [make("dl", {}, ...content)] : []);

/** A row for each plain value in `value`, however deep; `path` is its address in the user object. */
function rows(key, value, path) {
  if (value === null) return [];
  if (Array.isArray(value)) return [row(labelOf(key), path, json(value))];
  if (typeof value === "object")
    return Object.entries(value).flatMap(([name, inner]) => rows(name, inner, `${path}.${name}`));
  return [row(labelOf(key), path, readable(key, value))];
}

const row = (label, path, content) => make("div", {}, make("dt", {}, label), at(path, make("dd", {}, content)));

/** A field the model does not know goes by its own name. */
const unknownRow = ([key, value]) => row(key, key, typeof value === "object" ? json(value) : String(value));

const json = (value) => make("pre", {}, JSON.stringify(value, null, 2));

/** Marks the node that shows the field at `path`. */
function at(path, node) {
  node.dataset.field = path;
  return node;
}

/** `firstName` → “First name”. */
function labelOf(key) {
  if (Object.hasOwn(labels, key)) return labels[key];
  const words = key.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function readable(key, value) {
  if (typeof value === "boolean") return value ? "Yes" : "No";
  if (value === "") return "(empty)";
  return (Object.hasOwn(dateFormats, key) && readableDate(dateFormats[key], value)) || String(value);
}

function readableDate(format, value) {
  const date = new Date(value);
  return !Number.isNaN(date.valueOf()) && make("time", { dateTime: value }, format.format(date));
}

function make(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

// --- Start --------------------------------------------------------------------------------------------------------

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!attempt) submit();
});
form.addEventListener("input", clearError);
element("cancel").addEventListener("click", () => attempt?.abort());
element("show-password").addEventListener("click", () => showPassword(fields.password.type === "password"));
element("show-token").addEventListener("click", () => showToken(element("token-panel").hidden));
element("copy-token").addEventListener("click", copyToken);
element("check-session").addEventListener("click", ({ currentTarget }) => ask(currentTarget, checkSession));
element("reload-record").addEventListener("click", ({ currentTarget }) => ask(currentTarget, reloadRecord));
element("sign-out").addEventListener("click", signOut);
// Back signs out as well: on a shared machine nobody gets the card back with the Forward button.
addEventListener("popstate", () => (session ? signOut() : clearAddress()));

fields.baseUrl.defaultValue = location.origin;
element("load-notice").remove();
element("submit").disabled = false;
resumeKept();
