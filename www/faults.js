// “Try to break it”: one fault of the sandbox, met by this client and by plain fetch at the same moment.
import { signIn } from "/pkg/index.js";
import { outcomeOf } from "/outcome.js";
import { plainSignIn } from "/plain-fetch.js";

const element = (id) => document.getElementById(id);
const textOf = (id) => element(id).textContent;

const account = { apiKey: textOf("api-key"), username: textOf("username"), password: textOf("password") };

/** The faults of the sandbox, by name: `{ name, path, does, expected }`. */
const faults = new Map();
/** The pair of calls under way, or null. */
let underWay = null;
/** Whether the faults are being tried one after the other. */
let tryingAll = false;

// --- The two ways to sign in --------------------------------------------------------------------------------------

async function ourSignIn(baseUrl, apiKey, username, password, options) {
  // options: timeoutMs, signal, and a fetch that counts the requests
  return signIn(apiKey, username, password, { baseUrl, ...options });
}

/** Signs in with this client; `stop()` is its caller’s signal. */
function throughClient(baseUrl, timeoutMs) {
  const { apiKey, username, password } = account;
  const controller = new AbortController();
  let requests = 0;
  const options = {
    timeoutMs,
    signal: controller.signal,
    fetch(...values) {
      requests++;
      return fetch(...values);
    },
  };
  const outcome = outcomeOf(() => ourSignIn(baseUrl, apiKey, username, password, options), password);
  return { stop: () => controller.abort(), settled: outcome.then((known) => ({ ...known, requests })) };
}

/** Signs in with plain fetch; `stop()` gives it up, and ends its request with the worker it runs in. */
function throughPlainFetch(baseUrl) {
  const worker = new Worker("/plain-fetch-worker.js", { type: "module" });
  const started = performance.now();
  const elapsed = () => Math.round(performance.now() - started);
  let requests = 0;
  let stop;
  const settled = new Promise((resolve) => {
    stop = () => resolve({ ms: elapsed(), requests, givenUp: true });
    worker.addEventListener("message", ({ data }) => {
      requests = data.requests;
      if (data.outcome) resolve({ ...data.outcome, requests });
    });
    worker.addEventListener("error", () => {
      resolve({ ms: elapsed(), requests, error: { name: "Error", message: "The worker did not load.", leaks: [] } });
    });
  });
  worker.postMessage({ baseUrl, ...account });
  return { stop, settled: settled.finally(() => worker.terminate()) };
}

/**
 * Signs in both ways, and shows how it goes. Resolves with both outcomes; with null if they were stopped.
 *
 * @param {number} [patienceMs] how long plain fetch is waited for; as long as it takes unless told otherwise
 */
async function meet(fault, timeoutMs, patienceMs) {
  underWay?.stop();
  const baseUrl = location.origin + fault.path;
  const calls = { client: throughClient(baseUrl, timeoutMs), plain: throughPlainFetch(baseUrl) };
  const names = Object.keys(calls);
  const pair = {
    stop() {
      pair.stopped = true;
      for (const name of names) calls[name].stop();
    },
  };
  underWay = pair;
  showStop(true);
  const patience = patienceMs && setTimeout(calls.plain.stop, patienceMs);
  const outcomes = {};
  await Promise.all(
    names.map(async (name) => {
      const stopClock = showWaiting(name);
      outcomes[name] = await calls[name].settled;
      stopClock();
      if (underWay !== pair) return; // the place belongs to the next pair
      showOutcome(name, outcomes[name], fault);
      if (!tryingAll) tellSoon(outcomes);
    }),
  );
  clearTimeout(patience);
  if (underWay !== pair) return null;
  underWay = null;
  showStop(false);
  // What somebody has stopped says nothing of the fault.
  if (pair.stopped) return null;
  showInOverview(fault, outcomes);
  return outcomes;
}

// --- One pair of calls on the page --------------------------------------------------------------------------------

/** Shows that a call is under way, and for how long. Returns what stops the clock. */
function showWaiting(name) {
  const started = performance.now();
  const showTime = () => showState(name, "waiting", "Still waiting", seconds(performance.now() - started));
  element(name).querySelector(".findings").replaceChildren();
  showTime();
  const clock = setInterval(showTime, 100);
  return () => clearInterval(clock);
}

function showState(name, kind, word, time = "") {
  const side = element(name);
  side.dataset.state = kind;
  side.querySelector(".state-word").textContent = word;
  side.querySelector(".state-time").textContent = time;
}

function showOutcome(name, outcome, fault) {
  if (outcome.givenUp) showState(name, "given-up", "Not settled", `given up after ${seconds(outcome.ms)}`);
  else showState(name, "settled", "Settled", `after ${milliseconds(outcome.ms)}`);
  element(name)
    .querySelector(".findings")
    .replaceChildren(...findings(outcome, fault));
}

/** What is known of an outcome, as the rows of a description list. */
function findings(outcome, fault) {
  const { error, givenUp, requests } = outcome;
  const rows = [];
  if (!givenUp) {
    const remark = error && !error.code ? ", which is no code" : "";
    rows.push(["Ended with", make("span", {}, ...ending(outcome, fault), remark), isMistaken(outcome, fault)]);
  }
  if (error) {
    rows.push(["It says", error.message]);
    rows.push(["Worth a retry", retryAdvice(error)]);
  }
  rows.push(["Requests", requests > 1 ? `${requests}: the redirect took the password along` : requests, requests > 1]);
  rows.push(["Password in the error", leakSentence(error), error?.leaks.length > 0]);
  return rows.map(([term, content, isBad]) =>
    make("div", { className: isBad ? "bad" : "" }, make("dt", {}, term), make("dd", {}, content)),
  );
}

/** The code of an error, or its class where it has none; or who is signed in. */
function ending({ error, user, hasToken }, { expected }) {
  if (!error) return [`Signed in as “${user}”${hasToken ? "" : ", without a token"}`];
  const isEarly = error.code === "timeout" && !expected.includes("timeout");
  return [make("code", {}, error.code ?? error.name), isEarly ? ": the time limit came first" : ""];
}

/** Whether a call took something for a sign-in that is none. */
const isMistaken = ({ error, givenUp }, { expected }) => !error && !givenUp && !expected.includes("success");

function retryAdvice({ code, retryable, retryAfterMs }) {
  if (!code) return "It does not tell";
  if (!retryable) return "No";
  return retryAfterMs === undefined ? "Yes" : `Yes, after ${Math.ceil(retryAfterMs / 1000)} s`;
}

function leakSentence(error) {
  if (!error) return "There is no error";
  return error.leaks.length ? `Yes: in ${list(error.leaks)}` : "No";
}

/** Shows which fault is chosen, and forgets what came of the last. */
function showFault({ does, expected }) {
  element("fault-does").replaceChildren(
    `${plainText(does)} A sign-in should end with `,
    ...outcomeNames(expected),
    ".",
  );
  for (const name of ["client", "plain"]) {
    showState(name, "idle", "Not tried yet");
    element(name).querySelector(".findings").replaceChildren();
  }
}

/** The list’s sentences are Markdown. */
const plainText = (sentence) => sentence.replaceAll("`", "");

/** “success, then `server_error`” */
const outcomeNames = (expected) =>
  expected.flatMap((name, index) => [index ? ", then " : "", name === "success" ? name : make("code", {}, name)]);

/** Not `disabled`: that would drop the focus. */
const showStop = (possible) => element("stop").setAttribute("aria-disabled", !possible);

/** In a small window the results are below it: they are wanted in view, and “Stop” as well. */
function showResults() {
  const { bottom } = element("client").querySelector(".state").getBoundingClientRect();
  if (bottom > innerHeight) element("actions").scrollIntoView();
}

// --- What a screen reader is told ---------------------------------------------------------------------------------

let telling;

/** Both calls often settle within the same moment: that is one thing to tell, not two. */
function tellSoon(outcomes) {
  clearTimeout(telling);
  const speak = () => tell(`This client: ${summaryOf(outcomes.client)} Plain fetch: ${summaryOf(outcomes.plain)}`);
  telling = setTimeout(speak, 250);
}

function tell(sentence) {
  clearTimeout(telling);
  element("news").textContent = sentence;
}

function summaryOf(outcome) {
  if (!outcome) return "still waiting.";
  const { error, ms, givenUp, user } = outcome;
  if (givenUp) return `given up after ${seconds(ms)}.`;
  return `${error ? (error.code ?? error.name) : `signed in as ${user}`}, after ${milliseconds(ms)}.`;
}

// --- All faults ---------------------------------------------------------------------------------------------------

async function tryAll() {
  const timeoutMs = timeLimit();
  tryingAll = true;
  showTryingAll();
  element("summary").textContent = `Trying ${faults.size} faults…`;
  const tally = { asItShould: 0, waiting: 0, mistaken: 0, resent: 0, leaked: 0, tried: 0 };
  for (const fault of faults.values()) {
    element("fault").value = fault.name;
    showFault(fault);
    const outcomes = await meet(fault, timeoutMs, timeoutMs + 1000);
    if (!outcomes) break;
    const { client, plain } = outcomes;
    tally.tried++;
    tally.asItShould += isAsExpected(client, fault);
    tally.waiting += Boolean(plain.givenUp);
    tally.mistaken += isMistaken(plain, fault);
    tally.resent += plain.requests > 1;
    tally.leaked += plain.error?.leaks.length > 0;
  }
  tryingAll = false;
  showTryingAll();
  element("summary").textContent = tallySentence(tally);
}

const showTryingAll = () => (element("start-all").textContent = tryingAll ? "Stop" : "Try all of them");

function tallySentence({ tried, asItShould, waiting, mistaken, resent, leaked }) {
  if (tried < faults.size) return `Stopped after ${tried} of ${faults.size} faults.`;
  const times = (count) => ["never", "once", "twice"][count] ?? `${count} times`;
  return (
    `This client ended as it should ${asItShould} times out of ${tried}. Plain fetch was given up while it was still ` +
    `waiting ${times(waiting)}, took the wrong answer for a sign-in ${times(mistaken)}, sent the password to a second ` +
    `address ${times(resent)}, and put it into an error ${times(leaked)}.`
  );
}

/** A time limit may end a sign-in before the fault does. */
const isAsExpected = ({ error }, { expected }) =>
  error?.code === "timeout" || expected.includes(error ? error.code : "success");

/** The roles are those of a table: in a narrow window the style makes blocks of its parts. */
function listFaults() {
  for (const { name, does, expected } of faults.values()) {
    element("fault").append(new Option(name));
    const cell = (label, ...content) => {
      const made = make("td", {}, ...content);
      made.setAttribute("role", "cell");
      made.dataset.label = label;
      return made;
    };
    const head = make(
      "th",
      { scope: "row" },
      make("code", {}, name),
      make("span", { className: "hint" }, plainText(does)),
    );
    head.setAttribute("role", "rowheader");
    const row = make("tr", { id: `fault-${name}` }, head);
    row.setAttribute("role", "row");
    row.append(cell("Should end with", ...outcomeNames(expected)), cell("catalyze-signin"), cell("Plain fetch"));
    element("faults").append(row);
  }
}

function showInOverview(fault, { client, plain }) {
  const [, , clientCell, plainCell] = element(`fault-${fault.name}`).cells;
  fillCell(clientCell, fault, client, isAsExpected(client, fault) ? [] : ["not as it should"]);
  fillCell(plainCell, fault, plain, [
    ...(isMistaken(plain, fault) ? ["should have been refused"] : []),
    ...(plain.requests > 1 ? [`${plain.requests} requests`] : []),
    ...(plain.error?.leaks.length ? ["password in the error"] : []),
  ]);
}

function fillCell(cell, fault, outcome, complaints) {
  const { givenUp, ms } = outcome;
  const lines = [
    givenUp ? make("span", { className: "complaint" }, "still waiting") : make("span", {}, ...ending(outcome, fault)),
    ...complaints.map((complaint) => make("span", { className: "complaint" }, complaint)),
    make("span", { className: "hint" }, `after ${givenUp ? seconds(ms) : milliseconds(ms)}`),
  ];
  cell.replaceChildren(...lines);
}

// --- Words --------------------------------------------------------------------------------------------------------

const wholeNumber = new Intl.NumberFormat("en");
const list = (words) => new Intl.ListFormat("en").format(words);
const milliseconds = (ms) => `${wholeNumber.format(ms)}\u00a0ms`;
const seconds = (ms) => `${(ms / 1000).toFixed(1)}\u00a0s`;

function make(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

// --- Start --------------------------------------------------------------------------------------------------------

const chosenFault = () => faults.get(element("fault").value);
const timeLimit = () => Number(element("time-limit").value);

/** Ends what is under way and forgets it: its place is wanted for something else. */
function clear() {
  underWay?.stop();
  underWay = null;
  showStop(false);
}

element("controls").addEventListener("submit", (event) => {
  event.preventDefault();
  tell(`Signing in both ways: ${chosenFault().name}.`);
  showResults();
  meet(chosenFault(), timeLimit());
});
element("fault").addEventListener("change", () => {
  clear();
  showFault(chosenFault());
});
element("stop").addEventListener("click", () => underWay?.stop());
element("start-all").addEventListener("click", () => (tryingAll ? underWay?.stop() : tryAll()));

element("client").querySelector(".source > code").textContent = ourSignIn;
element("plain").querySelector(".source > code").textContent = plainSignIn;
element("load-notice").remove();

const answer = await fetch("/fault").catch(() => undefined);
if (answer?.ok) {
  for (const fault of await answer.json()) faults.set(fault.name, fault);
  listFaults();
  showFault(chosenFault());
  element("start").disabled = false;
  element("start-all").disabled = false;
} else element("no-faults").hidden = false;
