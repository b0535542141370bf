// Cold start, from navigation to signed in: node bench.mjs <rounds> <file>, whose table it writes.
import { readFile, writeFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { PredefinedNetworkConditions } from "puppeteer-core";
import { launchChromium } from "../tests/chromium.mjs";
import { demoKey, sampleUser, startSandbox } from "../tests/sandbox.mjs";
import { clients, inTurn, median, names } from "./clients.mjs";
import { startPages } from "./pages.mjs";
import { sessionToken, startService } from "./service.mjs";

const [rounds, file] = [Number(process.argv[2]), process.argv[3]];
const place = /(?<=<!-- bench -->\n)[^]*(?=<!-- \/bench -->)/;
if (!place.test(await readFile(file, "utf8")))
  throw new Error(`${file} has no place for the table, from <!-- bench --> to <!-- /bench -->`);
/** The script of each page. */
const script = `
const { username, password } = given;
performance.mark("signed in", { detail: await connect(given)(username, password) });`;

const PRESET = "Slow 4G";
const network = PredefinedNetworkConditions[PRESET];
const SLOWER = 4;
const conditions = ["unthrottled", "throttled"];

/** The answer of every client is here long before. */
const DEADLINE = 60_000;

const account = { username: "bench@example.com", password: "correct horse battery staple" };
let sandbox, service, pages, browser;
try {
  sandbox = await startSandbox({ users: [{ ...account, user: sampleUser }] });
  service = await startService(sandbox.url, demoKey);
  pages = await startPages(script, { service: service.url, apiKey: demoKey, ...account });
  browser = await launchChromium();
  const [, version] = (await browser.version()).split("/");
  const text = table(await measure(), version);
  console.log(text);
  // Read anew: it may have been edited in the minutes that this takes.
  await writeFile(
    file,
    (await readFile(file, "utf8")).replace(place, () => `${text}\n`),
  );
} finally {
  await browser?.close();
  pages?.stop();
  service?.stop();
  await sandbox?.stop();
}

/** The milliseconds of every run, in turn, so that whatever else the machine does hits all clients alike. */
async function measure() {
  const times = Object.fromEntries(
    conditions.map((condition) => [condition, Object.fromEntries(names.map((name) => [name, []]))]),
  );
  // The first round proves that every client signs in, and warms up servers and browser: its times are thrown away.
  for (let round = 0; round <= rounds; round++) {
    const said = [];
    for (const condition of conditions) {
      for (const name of inTurn(round)) {
        const ms = await coldStart(name, condition);
        if (round > 0) times[condition][name].push(ms);
        said.push(`${name} ${Math.round(ms)}`);
      }
    }
    console.log(`${round === 0 ? "warm-up" : `round ${round} of ${rounds}`}: ${said.join(", ")} ms`);
  }
  return times;
}

/** Opens a client's page as nobody has before, and returns when it was signed in, by the page's own clock. */
async function coldStart(name, condition) {
  const context = await browser.createBrowserContext();
  try {
    const page = await context.newPage();
    const failed = new Promise((_, reject) => page.once("pageerror", reject));
    failed.catch(() => {}); // it may come before anyone waits for it
    await page.setCacheEnabled(false);
    if (condition === "throttled") {
      await page.emulateNetworkConditions(network);
      await page.emulateCPUThrottling(SLOWER);
    }
    await page.goto(`${pages.url}/${name}/`);
    const { ms, token, pageMs } = await Promise.race([page.evaluate(outcome), failed, late()]);
    await prove(token);
    if (condition === "throttled" && pageMs < network.latency) throw new Error("its first request was not throttled");
    return ms;
  } catch (error) {
    throw new Error(`${name} (${condition}) is not signed in: ${error.message}`, { cause: error });
  } finally {
    await context.close();
  }
}

async function late() {
  await setTimeout(DEADLINE, undefined, { ref: false });
  throw new Error(`it has no token after ${DEADLINE / 1000} s`);
}

/** In the page: its mark, once it is there. Times count from the start of the navigation. */
function outcome() {
  return new Promise((resolve) => {
    new PerformanceObserver((list) => {
      const [{ startTime, detail }] = list.getEntriesByName("signed in");
      const [{ responseEnd }] = performance.getEntriesByType("navigation");
      resolve({ ms: startTime, token: detail, pageMs: responseEnd });
    }).observe({ type: "mark", buffered: true });
  });
}

/** Fails unless the service knows the token that the page has. */
async function prove(token) {
  const headers = { "X-Api-Key": demoKey, Authorization: `Bearer ${sessionToken(token)}` };
  const { status } = await fetch(`${sandbox.url}/v2/auth/verify`, { headers });
  if (status !== 200) throw new Error(`the service answers ${status} to its token`);
}

function table(times, version) {
  const number = (value) => value.toLocaleString("en");
  const cells = (condition, name) => {
    const ms = median(times[condition][name]);
    return [`${number(Math.round(ms))} ms`, (ms / median(times[condition].fetch)).toFixed(2)];
  };
  const { download, upload, latency } = network;
  return [
    "| | script, `gzip -9` | unthrottled | ratio | throttled | ratio |",
    "| --- | ---: | ---: | ---: | ---: | ---: |",
    ...names.map((name) => {
      const figures = conditions.flatMap((condition) => cells(condition, name));
      return `| ${[clients[name], number(gzipSync(pages.scripts[name], { level: 9 }).length), ...figures].join(" | ")} |`;
    }),
    "",
    `Chromium ${version}, ${rounds} rounds. Throttled: Chromium’s preset “${PRESET}” (${number(download)} bytes/s down,`,
    `${number(upload)} up, ${latency} ms for each request) and a processor ${SLOWER} times slower.`,
  ].join("\n");
}
