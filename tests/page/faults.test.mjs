// “Try to break it”: what the page says of each fault is what happened, and nothing of it stays behind.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchChromium } from "../driver/chromium.mjs";
import { arrivals, faults, isEndedByTheLimit, nothingIsOpen, plainEndings, stageFaults } from "../faults/stage.mjs";
import { axeViolations } from "./axe.mjs";
import { focused, visit } from "./visit.mjs";

const stage = stageFaults();
let browser;
before(async () => (browser = await launchChromium(["--js-flags=--expose-gc"])));
after(() => browser?.close());

const open = (sandbox, walk, conditions) => visit(browser, sandbox.url, walk, { path: "/faults.html", ...conditions });

const named = (name) => faults.find((fault) => fault.name === name);

async function start(page, { name }, timeoutMs) {
  await page.select("#fault", name);
  await page.select("#time-limit", String(timeoutMs));
  await page.click("#start");
}

/** Waits until a side of the page is in one of `states`. */
const reached = (page, side, ...states) =>
  page.waitForFunction((id, all) => all.includes(document.getElementById(id).dataset.state), {}, side, states);

const bothSettled = (page) =>
  Promise.all(["client", "plain"].map((side) => reached(page, side, "settled", "given-up")));

/** The browser reports the end of a worker some messages later. */
async function noWorkerIsLeft(page) {
  for (let message = 0; message < 500 && page.workers().length; message++) await page.evaluate(() => {});
  assert.equal(page.workers().length, 0, "workers are left");
}

/** What a side of the page says: its state, and its findings by their terms. */
const said = (page, side) =>
  page.$eval(`#${side}`, (node) => ({
    state: node.dataset.state,
    word: node.querySelector(".state-word").textContent,
    ...Object.fromEntries(
      [...node.querySelectorAll(".findings > div")].map((row) => [...row.children].map((cell) => cell.textContent)),
    ),
  }));

/** `timeout`, `TypeError, which is no code` or `Signed in as “demo”`, as the tables have it. */
const endingOf = ({ state, "Ended with": ending }) => {
  if (state === "waiting" || state === "given-up") return "waiting";
  return ending.startsWith("Signed in") ? "success" : /^\w+/.exec(ending)[0];
};

for (const fault of faults) {
  test(`what the page says of ${fault.name} is what happened`, async () => {
    const { sandbox, timeoutMs } = stage.meeting(fault);
    await open(sandbox, async (page) => {
      const first = (await sandbox.requests()).length;
      await start(page, fault, timeoutMs);
      await reached(page, "client", "settled");
      if (isEndedByTheLimit(fault)) {
        assert.equal((await said(page, "plain")).word, "Still waiting");
        await page.click("#stop");
      }
      await bothSettled(page);
      const [client, plain] = [await said(page, "client"), await said(page, "plain")];

      const endings = [endingOf(client), endingOf(plain)];
      if (fault.expected.length > 1) {
        // Of two requests at the same moment each may be the first.
        assert.ok(fault.expected.includes(endings[0]), endings[0]);
        assert.equal(endings[1], endings[0] === "success" ? "Error" : "success");
      } else assert.deepEqual(endings, [fault.expected[0], plainEndings[fault.name][0]]);

      assert.equal(client.Requests, "1");
      assert.equal(plain.Requests, fault.name === "redirect" ? "2: the redirect took the password along" : "1");
      const counted = await arrivals(sandbox, first);
      const told = parseInt(client.Requests) + parseInt(plain.Requests);
      // A browser repeats by itself what it sent over a connection that it had used before, and tells no page.
      if (fault.name === "reset") assert.ok(counted >= told, `${counted} requests have arrived`);
      else assert.equal(counted, told);

      const none = "There is no error";
      assert.equal(client["Password in the error"], endings[0] === "success" ? none : "No");
      const leak =
        { success: none, waiting: none }[endings[1]] ?? (fault.name === "echo" ? "Yes: in message and stack" : "No");
      assert.equal(plain["Password in the error"], leak);
      await noWorkerIsLeft(page);
    });
    await nothingIsOpen(sandbox);
  });
}

test("the lines on the page are the lines that run", () =>
  open(stage.hurried, async (page) => {
    const shown = await page.$$eval(".source", (sources) => sources.map((source) => source.textContent));
    const file = await page.evaluate(() => fetch("/plain-fetch.js").then((answer) => answer.text()));
    assert.ok(shown[1].startsWith("async function plainSignIn") && file.includes(shown[1]));
    assert.match(shown[0], /return signIn\(apiKey, username, password, /);
  }));

test("an error tells whether and when to try again, where it knows", () =>
  open(stage.hurried, async (page) => {
    await start(page, named("429"), 30_000);
    await bothSettled(page);
    assert.equal((await said(page, "client"))["Worth a retry"], "Yes, after 7 s");
    assert.equal((await said(page, "plain"))["Worth a retry"], "It does not tell");
  }));

test("“Stop” ends both at once, says so, and keeps the focus", async () => {
  await open(stage.patient, async (page) => {
    await start(page, named("silence"), 30_000);
    await page.waitForFunction(() => document.querySelector("#client .state-time").textContent !== "0.0 s");
    await page.focus("#stop");
    await page.keyboard.press("Enter");
    await bothSettled(page);
    assert.equal((await said(page, "client"))["Ended with"], "aborted");
    assert.equal((await said(page, "plain")).word, "Not settled");
    assert.equal(await focused(page), "stop");
    assert.equal(await page.$eval("#stop", (button) => button.ariaDisabled), "true");
    assert.equal(
      await page.$eval("#fault-silence", (row) => row.cells[2].textContent),
      "",
      "a stopped run is no result",
    );
  });
  await nothingIsOpen(stage.patient);
});

test("another fault, chosen meanwhile, stops what is under way and starts from nothing", async () => {
  await open(stage.patient, async (page) => {
    await start(page, named("silence"), 30_000);
    await page.select("#fault", "echo");
    assert.deepEqual(await said(page, "client"), { state: "idle", word: "Not tried yet" });
    await page.click("#start");
    await page.click("#start"); // impatient
    await bothSettled(page);
    assert.equal((await said(page, "client"))["Ended with"], "bad_request");
  });
  await nothingIsOpen(stage.patient);
});

test("a screen reader hears of the start and of the ends, and of nothing in between", () =>
  open(stage.patient, async (page) => {
    await page.evaluate(() => {
      globalThis.heard = [];
      const listen = () => globalThis.heard.push(document.querySelector("#news").textContent);
      new MutationObserver(listen).observe(document.querySelector("#news"), { childList: true });
    });
    await start(page, named("silence"), 1_000);
    await page.waitForFunction(() => globalThis.heard.length === 2);
    await page.waitForFunction(() => parseFloat(document.querySelector("#plain .state-time").textContent) > 2);
    await page.click("#stop");
    await page.waitForFunction(() => globalThis.heard.length === 3);
    const heard = (await page.evaluate(() => globalThis.heard)).map((text) =>
      text.replace(/[\d,.]+\s(ms|s)\b/g, "0 $1"),
    );
    assert.deepEqual(heard, [
      "Signing in both ways: silence.",
      "This client: timeout, after 0 ms. Plain fetch: still waiting.",
      "This client: timeout, after 0 ms. Plain fetch: given up after 0 s.",
    ]);
    assert.equal(await page.$eval("#news", (news) => news.getAttribute("role")), "status");
    assert.equal(await page.$eval("#client .state-time", (clock) => clock.getAttribute("role")), "timer");
  }));

test("the keyboard alone chooses a fault, starts it and stops it", () =>
  open(stage.hurried, async (page) => {
    const tab = async () => {
      await page.keyboard.press("Tab");
      assert.equal(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), "solid");
      return focused(page);
    };
    await page.focus("[aria-current]");
    assert.equal(await tab(), "fault");
    await page.keyboard.type("echo");
    assert.match(await page.$eval("#fault-does", (text) => text.textContent), /repeats the password/);
    assert.equal(await tab(), "time-limit");
    assert.equal(await tab(), "start");
    await page.keyboard.press("Enter");
    await bothSettled(page);
    assert.equal(await focused(page), "start");
    assert.equal(await tab(), "stop");
    assert.equal(await tab(), "start-all");
  }));

/** Tries all faults at a sandbox that hurries, and waits for the last word. */
async function tryAll(page) {
  await page.select("#time-limit", "1000");
  await page.click("#start-all");
  await page.waitForFunction(() => document.querySelector("#summary").textContent.startsWith("This client"));
}

test("“Try all of them” fills the table, and its summary says what the table says", async () => {
  await open(stage.hurried, async (page) => {
    await tryAll(page);
    const rows = await page.$$eval("#faults > tr", (all) =>
      all.map((row) => [...row.cells].map((cell) => cell.innerText)),
    );
    assert.deepEqual(
      rows.map(([head]) => head.split("\n")[0]),
      faults.map(({ name }) => name),
    );
    assert.ok(rows.every(([, , client, plain]) => client && plain));
    const mistaken = rows.filter(([, , , plain]) => plain.includes("should have been refused")).length;
    const summary = await page.$eval("#summary", (text) => text.textContent);
    assert.match(
      summary,
      new RegExp(`^This client ended as it should ${faults.length} times out of ${faults.length}\\.`),
    );
    assert.ok(summary.includes(`took the wrong answer for a sign-in ${mistaken} times`), summary);
    assert.match(summary, /sent the password to a second address once, and put it into an error once\.$/);
  });
  await nothingIsOpen(stage.hurried);
});

test("“Try all of them” can be stopped", async () => {
  await open(stage.patient, async (page) => {
    await page.click("#start-all");
    await reached(page, "client", "waiting");
    assert.equal(await page.$eval("#start-all", (button) => button.textContent), "Stop");
    await page.click("#start-all");
    await page.waitForFunction(() => document.querySelector("#summary").textContent.startsWith("Stopped after"));
  });
  await nothingIsOpen(stage.patient);
});

test("100 sign-ins both ways leave no worker, no element and no listener behind, and no request open", async () => {
  await open(stage.patient, async (page) => {
    const cdp = await page.createCDPSession();
    const quick = faults.filter((fault) => !isEndedByTheLimit(fault) && !["endless", "late"].includes(fault.name));
    const turns = async (count) => {
      for (let turn = 0; turn < count; turn++) {
        const fault = turn % 5 === 4 ? named("silence") : quick[turn % quick.length];
        await start(page, fault, 30_000);
        // What never ends by itself is stopped.
        if (fault.name === "silence") await page.click("#stop");
        await bothSettled(page);
      }
    };
    const figures = async () => {
      await cdp.send("HeapProfiler.collectGarbage");
      await page.evaluate(() => globalThis.gc());
      await cdp.send("HeapProfiler.collectGarbage");
      const { Nodes, JSEventListeners, JSHeapUsedSize } = await page.metrics();
      return { nodes: Nodes, listeners: JSEventListeners, heap: JSHeapUsedSize };
    };
    // As many as fill the table, so that its rows are not taken for a leak.
    await turns(2 * quick.length);
    const first = await figures();
    await turns(100);
    const last = await figures();
    const growth = Object.fromEntries(Object.keys(first).map((name) => [name, last[name] - first[name]]));
    await noWorkerIsLeft(page);
    // Less than one of each for a sign-in; of the heap, a tenth of what the page and its client take.
    assert.ok(growth.nodes < 100 && growth.listeners < 10, JSON.stringify(growth));
    assert.ok(growth.heap < 256 * 1024, JSON.stringify(growth));
  });
  await nothingIsOpen(stage.patient);
});

test("a server without faults is told apart, and nothing can be started", () =>
  open(
    stage.hurried,
    async (page) => {
      await page.waitForSelector("#no-faults:not([hidden])");
      assert.deepEqual(await page.$$eval("#start, #start-all", (buttons) => buttons.map((button) => button.disabled)), [
        true,
        true,
      ]);
      assert.deepEqual(await axeViolations(page), []);
    },
    {
      ready: false,
      expected: /404/,
      onRequest: (request) => request.url().endsWith("/fault") && (request.respond({ status: 404 }), true),
    },
  ));

/** Each state of the page: where, and the way there. */
const states = {
  "a fresh page": ["hurried", async () => {}],
  "two calls that wait": [
    "patient",
    async (page) => {
      await start(page, named("silence"), 30_000);
      await reached(page, "client", "waiting");
    },
  ],
  "a call that has timed out and one that waits": [
    "patient",
    async (page) => {
      await start(page, named("silence"), 1_000);
      await reached(page, "client", "settled");
    },
  ],
  "two calls that were stopped": [
    "patient",
    async (page) => {
      await start(page, named("silence"), 30_000);
      await page.click("#stop");
      await bothSettled(page);
    },
  ],
  "a password in an error": [
    "hurried",
    async (page) => {
      await start(page, named("echo"), 30_000);
      await bothSettled(page);
    },
  ],
  "all faults tried": ["hurried", tryAll],
};

const widths = [320, 640, 768, 960, 1280, 2560];

for (const [state, [where, arrive]] of Object.entries(states)) {
  for (const scheme of ["light", "dark"]) {
    test(`axe finds nothing wrong with ${state} in the ${scheme} scheme`, () =>
      open(
        stage[where],
        async (page) => {
          await arrive(page);
          assert.deepEqual(await axeViolations(page), []);
        },
        { scheme },
      ));
  }

  test(`${state} fits windows from 320 pixels to 2560, twice as large text, and fingers`, () =>
    open(stage[where], async (page) => {
      await arrive(page);
      const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
      for (const width of widths) {
        await page.setViewport({ width, height: 800 });
        assert.ok(await fits(), `${width} pixels`);
        if (width === 320) {
          assert.deepEqual(await axeViolations(page), []);
          const small = await page.$$eval("button, select", (controls) =>
            controls.filter(
              (control) => control.offsetHeight < 44 || parseFloat(getComputedStyle(control).fontSize) < 16,
            ),
          );
          assert.equal(small.length, 0);
        }
      }
      await page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
      assert.ok(await fits(), "text at twice its size");
    }));
}

test("in a small window a start brings the results into view, and “Stop” stays there", () =>
  open(
    stage.hurried,
    async (page) => {
      await start(page, named("echo"), 30_000);
      await bothSettled(page);
      const inView = await page.$$eval("#stop, #client .state", (nodes) =>
        nodes.map((node) => node.getBoundingClientRect()).map(({ top, bottom }) => top >= 0 && bottom <= innerHeight),
      );
      assert.deepEqual(inView, [true, true]);
    },
    { viewport: { width: 320, height: 640 } },
  ));
