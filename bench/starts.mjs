// Cold starts: from the navigation to the token, in a browser that has never seen the page.
import { setTimeout } from "node:timers/promises";
import { PredefinedNetworkConditions } from "puppeteer-core";
import { demoKey, sampleUser, startSandbox } from "../tests/driver/sandbox.mjs";
import { account, inTurn, median, names, openPage } from "./clients.mjs";
import { startPages } from "./pages.mjs";
import { sessionToken, startService } from "./service.mjs";

const PRESET = "Slow 4G";
const network = PredefinedNetworkConditions[PRESET];
const SLOWER = 4;

/** What “throttled” means in the tables. */
export const throttle = { preset: PRESET, ...network, slower: SLOWER };

/** The answer of every client is here long before. */
const DEADLINE = 60_000;

/** The script of a page. */
const script = `
const { username, password } = given;
performance.mark("signed in", { detail: await connect(given)(username, password) });`;

/**
 * The medians of each client, in milliseconds: `{ [name]: { unthrottled, throttled, cpu } }`.
 *
 * `cpu` is what the main thread computed in the unthrottled start, whatever waited for what.
 */
export async function measureStarts(browser, rounds) {
  let sandbox, service, pages;
  try {
    sandbox = await startSandbox({ users: [{ ...account, user: sampleUser }] });
    service = await startService(sandbox.url, demoKey);
    pages = await startPages(script, { service: service.url, apiKey: demoKey, ...account });
    return await measure(browser, rounds, { pages, sandbox });
  } finally {
    pages?.stop();
    service?.stop();
    await sandbox?.stop();
  }
}

/** Every client in turn, so that whatever else the machine does hits all alike. */
async function measure(browser, rounds, servers) {
  const times = Object.fromEntries(names.map((name) => [name, { unthrottled: [], throttled: [], cpu: [] }]));
  // The first round proves that every client signs in, and warms up servers and browser: its times are thrown away.
  for (let round = 0; round <= rounds; round++) {
    const said = [];
    for (const throttled of [false, true]) {
      for (const name of inTurn(round)) {
        const { ms, cpu } = await coldStart(browser, name, throttled, servers);
        said.push(`${name} ${Math.round(ms)}`);
        if (round === 0) continue;
        times[name][throttled ? "throttled" : "unthrottled"].push(ms);
        if (!throttled) times[name].cpu.push(cpu);
      }
    }
    console.log(`${round === 0 ? "warm-up" : `round ${round} of ${rounds}`}: ${said.join(", ")} ms`);
  }
  return Object.fromEntries(
    names.map((name) => [
      name,
      Object.fromEntries(Object.entries(times[name]).map(([figure, values]) => [figure, median(values)])),
    ]),
  );
}

/** Opens a client's page as nobody has before, and returns when it was signed in, by the page's own clock. */
async function coldStart(browser, name, throttled, { pages, sandbox }) {
  const { page, context, failed } = await openPage(browser);
  try {
    await page.setCacheEnabled(false);
    if (throttled) {
      await page.emulateNetworkConditions(network);
      await page.emulateCPUThrottling(SLOWER);
    }
    const computed = await mainThread(page);
    await page.goto(`${pages.url}/${name}/`);
    const { ms, token, pageMs } = await Promise.race([page.evaluate(outcome), failed, late()]);
    const cpu = await computed();
    await prove(sandbox, token);
    if (throttled && pageMs < network.latency) throw new Error("its first request was not throttled");
    return { ms, cpu };
  } catch (error) {
    const how = throttled ? "throttled" : "unthrottled";
    throw new Error(`${name} (${how}) is not signed in: ${error.message}`, { cause: error });
  } finally {
    await context.close();
  }
}

/** Tells, whenever it is asked, how many milliseconds the page's main thread has computed since. */
async function mainThread(page) {
  const session = await page.createCDPSession();
  // The time of the thread and not of the clock, in which a busy machine has a part.
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const now = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "TaskDuration").value * 1000;
  };
  const start = await now();
  return async () => (await now()) - start;
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
async function prove({ url }, token) {
  const headers = { "X-Api-Key": demoKey, Authorization: `Bearer ${sessionToken(token)}` };
  const { status } = await fetch(`${url}/v2/auth/verify`, { headers });
  if (status !== 200) throw new Error(`the service answers ${status} to its token`);
}
