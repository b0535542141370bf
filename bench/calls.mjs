// What a sign-in costs after the first, the answer made in the page: node calls.mjs [--profile].
//
// Only the processor's time is left: no network, no server, no password hash. What a client takes longer than plain
// `fetch` is its own. CHROMIUM names the browser and PACKAGE the folder of the built package.
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { launchChromium } from "../tests/driver/chromium.mjs";
import { demoKey, sampleUser } from "../tests/driver/sandbox.mjs";
import { account, inTurn, median, names, openPage } from "./clients.mjs";
import { startPages } from "./pages.mjs";
import { routes } from "./service.mjs";

/** When an engine makes machine code of what differs from page to page: each client gets several. */
const PAGES = 5;
const WARM_UP = 1000;
const ROUNDS = 7;
const CALLS = 300;

/** How many calls a profile is of, how many functions it lists, and how much of their source. */
const PROFILED = 5000;
const TOP = 40;
const SHOWN = 70;

/** The script of a page: calls one after another, since identical calls at once may share a request. */
const script = `
const signIn = connect(given);
globalThis.calls = async (count) => {
  const { username, password } = given;
  const before = requests;
  let token;
  const start = performance.now();
  for (let call = 0; call < count; call++) token = await signIn(username, password);
  const time = performance.now() - start;
  if (!given.tokens.includes(token)) throw new Error("The token is not the answer's.");
  if (requests - before < count) throw new Error("Some calls asked nobody.");
  return (time / count) * 1000;
};`;

/** In the page, ahead of its script: stands for the network. */
function answerHere(answers) {
  const init = { status: 200, headers: { "Content-Type": "application/json" } };
  globalThis.requests = 0;
  globalThis.fetch = async (input) => {
    globalThis.requests++;
    return new Response(answers[String(input).split("?")[0]], init);
  };
}

/** The microseconds of a call: `{ [name]: { call, over } }`, `over` being those over plain `fetch`. */
export async function measureCalls(browser) {
  const pages = await startCallPages();
  const times = Object.fromEntries(names.map((name) => [name, []]));
  try {
    for (let index = 0; index < PAGES; index++) {
      const opened = [];
      for (const name of names) opened.push({ name, ...(await pages.open(browser, name)) });
      // One page at a time, or they would share the processors.
      for (const { calls } of opened) await calls(WARM_UP);
      for (let round = 0; round < ROUNDS; round++) {
        for (const { name, calls } of inTurn(round, opened)) times[name].push(await calls(CALLS));
      }
      for (const { context } of opened) await context.close();
    }
  } finally {
    pages.stop();
  }
  return Object.fromEntries(
    names.map((name) => {
      const over = times[name].map((time, index) => time - times.fetch[index]);
      return [name, { call: median(times[name]), over: median(over) }];
    }),
  );
}

/** Which functions of this package's take the time of its calls, as lines of text. */
async function profileCalls(browser) {
  const pages = await startCallPages({ minify: false });
  try {
    const { page, context, calls } = await pages.open(browser, "ours");
    await calls(WARM_UP);
    const session = await page.createCDPSession();
    await session.send("Profiler.enable");
    await session.send("Profiler.setSamplingInterval", { interval: 100 });
    await session.send("Profiler.start");
    await calls(PROFILED);
    const { profile } = await session.send("Profiler.stop");
    await context.close();
    return selfTimes(profile, pages.scripts.ours.split("\n"));
  } finally {
    pages.stop();
  }
}

/** The functions with the longest self times; one without a name of its own is shown as it starts. */
function selfTimes({ nodes, samples, timeDeltas }, lines) {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const times = new Map();
  for (const [index, id] of samples.entries()) {
    const { functionName, url, lineNumber, columnNumber } = frames.get(id);
    const start = url.endsWith(".js") ? lines[lineNumber].slice(columnNumber, columnNumber + SHOWN) : "";
    const place = url.startsWith("wasm:") ? "in the module" : start && `line ${lineNumber + 1}: ${start}`;
    const key = `${(functionName || "(anonymous)").padEnd(24)} ${place}`.trimEnd();
    times.set(key, (times.get(key) ?? 0) + timeDeltas[index]);
  }
  const all = timeDeltas.reduce((sum, delta) => sum + delta, 0);
  const longest = [...times].toSorted(([, a], [, b]) => b - a).slice(0, TOP);
  return longest.map(([key, time]) => {
    const each = (time / PROFILED).toFixed(2).padStart(6);
    const share = ((time / all) * 100).toFixed(1).padStart(5);
    return `${each} µs ${share} %  ${key}`;
  });
}

/** The pages of the calls, and how to open one: `calls(count)` is then the microseconds of a call. */
async function startCallPages(options) {
  const service = "https://service.example";
  const user = { ...sampleUser, sessionToken: "25074b4e-1f4b-4d7f-9c4a-1f0b6a2f1d3e" };
  const baas = { signIn: async () => user, user: async () => user };
  const answers = {};
  const tokens = [];
  for (const [path, route] of Object.entries(routes)) {
    const answer = await route({ ...account, email: account.username, idToken: tokens.at(-1) }, baas);
    answers[service + path] = JSON.stringify(answer);
    tokens.push(answer.idToken ?? answer.access_token ?? answer.sessionToken ?? answer.token);
  }
  const pages = await startPages(script, { service, apiKey: demoKey, ...account, tokens }, options);
  return {
    ...pages,
    async open(browser, name) {
      const { page, context, failed } = await openPage(browser);
      await page.evaluateOnNewDocument(answerHere, answers);
      await page.goto(`${pages.url}/${name}/`);
      await Promise.race([page.waitForFunction(() => globalThis.calls), failed]);
      const calls = (count) => page.evaluate((count) => globalThis.calls(count), count);
      return { page, context, calls };
    },
  };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { profile } = parseArgs({ options: { profile: { type: "boolean" } } }).values;
  const browser = await launchChromium();
  try {
    if (profile) console.log((await profileCalls(browser)).join("\n"));
    else {
      const figures = await measureCalls(browser);
      const shown = (value) => value.toFixed(1).padStart(8);
      console.log(`${"µs per sign-in".padEnd(16)}    call    over fetch`);
      for (const [name, { call, over }] of Object.entries(figures)) {
        console.log(`${name.padEnd(16)}${shown(call)}${shown(over)}`);
      }
    }
  } finally {
    await browser.close();
  }
}
