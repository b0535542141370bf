// What becomes of the session: staying signed in, and the ways it ends.
import assert from "node:assert/strict";
import { test } from "node:test";
import { demoKey, sampleUser, startSandbox } from "../driver/sandbox.mjs";
import { focused, heldRequests, isApi, isRecord, isVerify, sample, signInAs, stageDemo, visit } from "./visit.mjs";

const demo = stageDemo();

const text = (page, id) => page.$eval(`#${id}`, (node) => node.textContent);
const atAccount = (page) => page.waitForSelector("#account:not([hidden])");

/** Everything that the browser keeps for the page. */
const kept = (page) => page.evaluate(() => [...Object.values(localStorage), ...Object.values(sessionStorage)]);

async function signInKept(page) {
  await page.click("#keep");
  await signInAs(page, sample);
}

/** Waits for the text of an element, where it is more than that something is under way. A tab in the background has no
 * frames to wait for. */
const textOnceThere = (page, selector) =>
  page.evaluate(
    (wanted) =>
      new Promise((resolve) => {
        const look = () => {
          const text = document.querySelector(wanted)?.textContent;
          if (!text || text.endsWith("…")) return;
          observer.disconnect();
          resolve(text);
        };
        const observer = new MutationObserver(look);
        observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
        look();
      }),
    selector,
  );

/** What the form says became of the session. */
const messageOf = (page) => textOnceThere(page, "#entry:not([hidden]) #message");

/** Waits until the page shows that the service can't be asked who is signed in. */
async function uncheckedOf(page) {
  await page.waitForSelector("#check-status > code");
  return page.$eval("#check-status", (status) => [...status.children].map((part) => part.textContent));
}

/** Presses a button of the card, and waits for the answer. */
async function answerTo(page, button) {
  await page.click(`#${button}`);
  await page.waitForSelector(`#${button}[aria-disabled=false]`);
  return text(page, "session-status");
}

async function tokenOf(page) {
  await page.click("#show-token");
  return text(page, "token");
}

/** The status of the service's answer to a request with this token, past the page. */
async function statusAtService(path, token) {
  const headers = { "X-Api-Key": demoKey, Authorization: `Bearer ${token}` };
  return (await fetch(demo.sandbox.url + path, { headers })).status;
}

async function endAtService(page) {
  assert.equal(await statusAtService("/v2/auth/signout", await tokenOf(page)), 200);
}

/** A sandbox of its own for the walk, since it is to go down. */
async function visitMortal(walk) {
  const sandbox = await startSandbox({ users: [sample] });
  try {
    // Of a request that outlives its page, Chromium does not say which it was.
    const expected = /^Failed to load resource: net::ERR_\w+$/;
    await visit(demo.browser, sandbox.url, (page) => walk(page, sandbox), { expected });
  } finally {
    await sandbox.stop();
  }
}

// --- Staying signed in --------------------------------------------------------------------------------------------

test("who ticks “Keep me signed in” is still signed in after a reload", () =>
  demo.visit(async (page) => {
    await signInKept(page);
    assert.match(await text(page, "keeping"), /^This browser keeps it until you sign out/);

    await page.reload();
    await atAccount(page);
    assert.equal(await text(page, "account-heading"), "Signed in as first name last name");
    assert.equal(await page.$eval("#user [data-field=usersId]", (field) => field.textContent), sampleUser.usersId);
    assert.match(await text(page, "keeping"), /^This browser keeps it until you sign out/);
    assert.equal(await focused(page), "account-heading");
    assert.equal(new URL(page.url()).hash, "#account");
    assert.match(await page.title(), /^Signed in/);
  }));

test("who leaves the box as it is, unticked, is signed out by a reload, and nothing was ever stored", () =>
  demo.visit(
    async (page) => {
      await signInAs(page, sample);
      assert.match(await text(page, "keeping"), /^This page keeps it in memory/);
      assert.deepEqual(await kept(page), []);
      assert.equal(await page.evaluate(() => globalThis.stored), 0);

      await page.reload();
      await page.waitForSelector("#submit:enabled");
      assert.equal(await page.$eval("#account", (account) => account.checkVisibility()), false);
      assert.deepEqual(await kept(page), []);
    },
    {
      before: () => {
        globalThis.stored = 0;
        const { setItem } = Storage.prototype;
        Storage.prototype.setItem = function (...entry) {
          globalThis.stored++;
          setItem.apply(this, entry);
        };
      },
    },
  ));

test("the box says what it costs", () =>
  demo.visit(async (page) => {
    const { name, description, checked } = await page.accessibility.snapshot({ root: await page.$("#keep") });
    assert.deepEqual([name, checked], ["Keep me signed in on this device", false]);
    assert.match(description, /^Anyone who uses this device .* any script that gets into this page/);
  }));

test("a session at another base URL is resumed there, and the form says so when it has ended", async () => {
  const other = await startSandbox({ users: [sample] });
  try {
    await demo.visit(async (page) => {
      await page.$eval("#base-url", (input, url) => (input.value = url), other.url);
      await signInKept(page);
      await page.reload();
      await atAccount(page);
      assert.equal((await other.requests()).at(-1).path, `/v2/users/${sampleUser.usersId}`);
      await page.click("#sign-out");
      assert.equal(await messageOf(page), "You are signed out.");
      assert.equal(await page.$eval("#base-url", (input) => input.value), other.url);
      assert.deepEqual(await kept(page), []);
    });
  } finally {
    await other.stop();
  }
});

test("where nothing is kept, nothing is checked and nothing on the form moves", () =>
  demo.visit(
    async (page) => {
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      assert.deepEqual(await page.evaluate(() => globalThis.seen), []);
      assert.equal(await focused(page), "current-password");
      assert.equal(await page.$eval("#sign-in", (view) => view.checkVisibility({ opacityProperty: true })), true);
    },
    {
      before: () => {
        globalThis.seen = [];
        const look = () => {
          // As a quick person would, before the page's script is there.
          if (document.activeElement?.localName !== "input") document.querySelector("#current-password")?.focus();
          if (document.querySelector("form")?.hidden) globalThis.seen.push("no form");
          if (document.querySelector("#message")?.textContent) globalThis.seen.push("a message");
        };
        new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
      },
    },
  ));

test("a check that is under way says so, and who signs out of it has the form at once", async () => {
  const held = heldRequests(isVerify);
  await demo.visit(async (page) => {
    await signInKept(page);
    const token = await tokenOf(page);
    await page.reload();
    await page.waitForSelector("#check:not([hidden])");
    assert.equal(await text(page, "check-status"), "Checking whether you are still signed in…");
    assert.equal(await page.$eval("#try-again", (button) => button.checkVisibility()), false);

    await page.click("#sign-out-unchecked");
    assert.equal(await messageOf(page), "You are signed out.");
    assert.equal(await focused(page), "username");
    assert.deepEqual(await kept(page), []);
    assert.equal(await statusAtService("/v2/auth/verify", token), 401);
    await signInAs(page, sample);
  }, held);
});

test("a check that is never answered ends by itself within five seconds, with the offer to try again", () =>
  demo.visit(async (page) => {
    await signInKept(page);
    await page.evaluateOnNewDocument(() => {
      globalThis.fetch = () => new Promise(() => {});
      // Five seconds are over at once; what would take longer takes its time.
      const { setTimeout } = globalThis;
      globalThis.setTimeout = (work, milliseconds, ...rest) =>
        setTimeout(work, milliseconds > 5_000 ? milliseconds : 0, ...rest);
    });
    await page.reload();
    assert.match((await uncheckedOf(page))[0], /^The service took too long to answer/);
    assert.equal(await focused(page), "try-again");
  }));

/** Notes in each document, frame by frame, which of the two is to be seen. */
function watchViews() {
  globalThis.seen = new Set();
  const look = () => {
    for (const id of ["sign-in-form", "account"]) {
      const view = document.getElementById(id);
      if (view?.checkVisibility({ opacityProperty: true, visibilityProperty: true })) globalThis.seen.add(id);
    }
    requestAnimationFrame(look);
  };
  look();
}

const seenViews = (page) => page.evaluate(() => [...globalThis.seen]);

for (const [fault, answer, ...shown] of [
  [
    "a service that can’t be reached",
    (request) => request.abort(),
    "The service can’t be reached: check your connection and the base URL, then try again.",
    "network",
  ],
  [
    "a service with a fault",
    (request) => request.respond({ status: 503, body: "" }),
    "The service has a fault of its own: try again in a few minutes.",
    "server_error",
  ],
]) {
  test(`${fault} leaves the session kept; “Try again” asks anew, and not for a moment is there a form`, () => {
    let faulty = true;
    return demo.visit(
      async (page) => {
        await signInKept(page);
        const before = await kept(page);
        await page.reload();
        assert.deepEqual(await uncheckedOf(page), shown);
        assert.deepEqual(await kept(page), before);
        assert.equal(await focused(page), "try-again");
        const { name, description } = await page.accessibility.snapshot({ root: await page.$("#try-again") });
        assert.deepEqual([name, description], ["Try again", shown.join(" ")]);

        await page.$eval("#check-status > code", (code) => code.remove());
        await page.click("#try-again");
        assert.deepEqual(await uncheckedOf(page), shown);
        await page.waitForSelector("#try-again[aria-disabled=false]");
        assert.equal(await focused(page), "try-again");
        assert.deepEqual(await seenViews(page), []);

        faulty = false;
        await page.keyboard.press("Enter");
        await atAccount(page);
        assert.equal(await text(page, "account-heading"), "Signed in as first name last name");
        assert.equal(await focused(page), "account-heading");
        assert.deepEqual(await kept(page), before);
        await page.waitForFunction(() => globalThis.seen.has("account"));
        assert.deepEqual(await seenViews(page), ["account"]);
      },
      { onRequest: (request) => faulty && isVerify(request.url()) && (answer(request), true), before: watchViews },
    );
  });
}

test("a reload of who is signed in shows the card and never the form, however late the page’s script is", () => {
  let late = false;
  const held = heldRequests((url) => late && url.endsWith("/app.js"));
  return demo.visit(
    async (page) => {
      await signInKept(page);
      late = true;
      const reloaded = page.reload();
      await page.waitForRequest((request) => request.url().endsWith("/app.js"));
      await page.waitForFunction(() => document.querySelector("#sign-in")?.getAnimations()[0]?.currentTime > 1_000);
      await held.letGo();
      await reloaded;
      await page.waitForFunction(() => globalThis.seen.has("account"));
      assert.deepEqual(await seenViews(page), ["account"]);
    },
    { onRequest: held.onRequest, before: watchViews },
  );
});

test("“Try again” is sent once however often it is pressed, and says that it asks", () => {
  const held = [];
  let holding = false;
  return demo.visit(
    async (page) => {
      await signInKept(page);
      await page.reload();
      await uncheckedOf(page);
      holding = true;
      await page.click("#try-again");
      await page.waitForSelector("#try-again[aria-disabled=true]");
      assert.equal(await text(page, "check-status"), "Asking the service…");
      await page.click("#try-again");
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      assert.equal(held.length, 1);
      await held[0].continue();
      await atAccount(page);
    },
    {
      onRequest: (request) => isVerify(request.url()) && (holding ? held.push(request) : (request.abort(), true)),
    },
  );
});

test("who can’t be checked can sign out, and the next one who signs in unticked leaves nothing of the session", () => {
  let token;
  return demo.visit(
    async (page) => {
      await signInKept(page);
      token = await tokenOf(page);
      await page.reload();
      await uncheckedOf(page);
      await page.click("#sign-out-unchecked");
      assert.equal(await messageOf(page), "You are signed out.");
      assert.equal(await focused(page), "username");
      assert.deepEqual(await kept(page), []);
      assert.equal(await statusAtService("/v2/auth/verify", token), 401);
      await signInAs(page, sample);
      assert.deepEqual(await kept(page), []);
    },
    { onRequest: (request) => isVerify(request.url()) && (request.abort(), true) },
  );
});

test("with the service down, who can’t be checked signs out of this device, and is told that the service was not", () =>
  visitMortal(async (page) => {
    const gone = await startSandbox({ users: [sample] });
    await page.$eval("#base-url", (input, url) => (input.value = url), gone.url);
    await signInKept(page);
    await gone.stop();
    await page.reload();
    assert.match((await uncheckedOf(page))[0], /^The service can’t be reached/);
    await page.click("#sign-out-unchecked");
    assert.equal(
      await messageOf(page),
      "You are signed out on this device. The service could not be told: there, the session dies within 24 hours.",
    );
    assert.deepEqual(await kept(page), []);
  }));

test("a kept session that has died leads to the form without a complaint, and is forgotten", () =>
  demo.visit(async (page) => {
    await signInKept(page);
    await endAtService(page);
    await page.reload();
    await page.waitForFunction(() => !location.hash);
    await page.waitForSelector("form:not([hidden])");
    assert.equal(await text(page, "message"), "");
    assert.equal(await text(page, "error"), "");
    assert.deepEqual(await kept(page), []);
  }));

test("where storage is blocked, who ticks the box signs in all the same and is told", () =>
  demo.visit(
    async (page) => {
      assert.equal(await text(page, "message"), "");
      await signInKept(page);
      assert.equal(
        await text(page, "session-status"),
        "You are signed in, but this browser did not let the page keep the session: it ends with this page.",
      );
      assert.match(await text(page, "keeping"), /^This page keeps it in memory/);
      await page.click("#sign-out");
      assert.equal(await messageOf(page), "You are signed out.");
      await signInAs(page, sample);
      assert.equal(await text(page, "session-status"), "");
    },
    {
      before: () => {
        const get = () => {
          throw new DOMException("Access is denied for this document.", "SecurityError");
        };
        Object.defineProperty(globalThis, "localStorage", { get });
      },
    },
  ));

// --- Asking the service -------------------------------------------------------------------------------------------

test("“Check session” says that the session is alive", () =>
  demo.visit(async (page) => {
    await signInAs(page, sample);
    assert.equal(await answerTo(page, "check-session"), "The session is alive: the service still knows you.");
    assert.equal((await demo.sandbox.requests()).at(-1).path, "/v2/auth/verify");
    assert.equal(await focused(page), "check-session");
  }));

test("a question is announced, sent once however often it is pressed, and said to have failed if it has", () => {
  const held = [];
  return demo.visit(
    async (page) => {
      await signInAs(page, sample);
      await page.click("#reload-record");
      await page.waitForSelector("#reload-record[aria-disabled=true]");
      assert.equal(await text(page, "session-status"), "Asking the service…");
      await page.click("#reload-record");
      await answerTo(page, "check-session");
      assert.equal(held.length, 1);

      await held[0].abort();
      await page.waitForSelector("#reload-record[aria-disabled=false]");
      assert.match(await text(page, "session-status"), /^The service can’t be reached/);
      assert.equal(await page.$eval("#account", (account) => account.checkVisibility()), true);
    },
    { onRequest: (request) => isRecord(request.url()) && held.push(request) },
  );
});

test("“Reload my record” shows the record as the service has it now", () => {
  let changed = false;
  return demo.visit(
    async (page) => {
      await signInAs(page, sample);
      const shown = () => page.$eval("#user", (cards) => cards.innerHTML);
      const before = await shown();
      await page.$eval("#user", (cards) => cards.replaceChildren());
      assert.equal(await answerTo(page, "reload-record"), "This is your record as the service has it now.");
      assert.equal(await shown(), before);
      assert.equal((await demo.sandbox.requests()).at(-1).path, `/v2/users/${sampleUser.usersId}`);

      changed = true;
      await answerTo(page, "reload-record");
      assert.equal(await text(page, "account-heading"), "Signed in as Ada last name");
      assert.equal(await page.$eval("#user [data-field='name.firstName']", (field) => field.textContent), "Ada");
    },
    {
      onRequest: (request) => {
        const record = { ...sampleUser, name: { ...sampleUser.name, firstName: "Ada" } };
        return changed && isRecord(request.url()) && (request.respond({ body: JSON.stringify(record) }), true);
      },
    },
  );
});

for (const answer of [
  { status: 503, body: "" },
  { status: 200, body: "<h1>Hotel Wi-Fi</h1>" },
  { status: 200, body: "null" },
  { status: 200, body: JSON.stringify({ ...sampleUser, usersId: "somebody else" }) },
]) {
  test(`status ${answer.status} with “${answer.body.slice(0, 24)}” is no record, and leaves the one on show`, () =>
    demo.visit(
      async (page) => {
        await signInAs(page, sample);
        const before = await text(page, "user");
        assert.equal(
          await answerTo(page, "reload-record"),
          `Your record could not be read: the service’s answer, with status ${answer.status}, does not hold it.`,
        );
        assert.equal(await text(page, "user"), before);
      },
      { onRequest: (request) => isRecord(request.url()) && (request.respond(answer), true) },
    ));
}

test("an answer about a session that has ended is not reported of the next", async () => {
  const held = heldRequests(isVerify);
  await demo.visit(async (page) => {
    await signInAs(page, sample);
    await page.click("#check-session");
    await page.waitForSelector("#check-session[aria-disabled=true]");
    await page.click("#sign-out");
    await messageOf(page);
    await signInAs(page, sample);
    await held.letGo();
    await page.waitForSelector("#check-session[aria-disabled=false]");
    assert.equal(await text(page, "session-status"), "");
  }, held);
});

// --- The end ------------------------------------------------------------------------------------------------------

for (const [way, leave] of [
  ["“Sign out”", (page) => page.click("#sign-out")],
  [
    "“Sign out” after a reload",
    async (page) => {
      await page.reload();
      await atAccount(page);
      await page.click("#sign-out");
    },
  ],
  ["the Back button", (page) => page.evaluate(() => history.back())],
]) {
  test(`${way} ends the session at the service, in the browser and on the page`, () =>
    demo.visit(async (page) => {
      await signInKept(page);
      const token = await tokenOf(page);
      assert.equal((await kept(page)).filter((text) => text.includes(token)).length, 1);
      assert.equal(await statusAtService("/v2/auth/verify", token), 200);

      await leave(page);
      assert.equal(await messageOf(page), "You are signed out.");
      assert.equal(await statusAtService("/v2/auth/verify", token), 401);
      assert.deepEqual(await kept(page), []);
      assert.equal(await page.evaluate((secret) => document.documentElement.outerHTML.includes(secret), token), false);
      assert.equal(await focused(page), "username");
      assert.deepEqual(
        await page.$$eval("#username, #current-password, #keep", (inputs) => inputs.map((i) => i.value + i.checked)),
        ["false", "false", "onfalse"],
      );
      assert.equal(new URL(page.url()).hash, "");
    }));
}

test("what became of the session is read out with the field that has the focus", () =>
  demo.visit(async (page) => {
    await signInAs(page, sample);
    await page.click("#sign-out");
    await messageOf(page);
    const { name, description, focused } = await page.accessibility.snapshot({ root: await page.$("#username") });
    assert.deepEqual([name, description, focused], ["User name", "You are signed out.", true]);
  }));

test("with the service down, signing out says that the service could not be told", () =>
  visitMortal(async (page, sandbox) => {
    await signInKept(page);
    await sandbox.kill();
    await page.click("#sign-out");
    assert.equal(
      await messageOf(page),
      "You are signed out on this device. The service could not be told: there, the session dies within 24 hours.",
    );
    assert.deepEqual(await kept(page), []);
    assert.equal(await focused(page), "username");
  }));

test("with the service down and the browser not forgetting, signing out does not claim more than it did", () =>
  visitMortal(async (page, sandbox) => {
    await signInKept(page);
    const token = await tokenOf(page);
    await sandbox.kill();
    await page.evaluate(() => {
      Storage.prototype.removeItem = () => {
        throw new DOMException("Access is denied for this document.", "SecurityError");
      };
    });
    await page.click("#sign-out");
    assert.match(await messageOf(page), /the service could not be told and this browser still keeps the session/);
    assert.ok((await kept(page)).some((text) => text.includes(token)));
  }));

test("a second tab notices that the first has signed out, by itself and without a request", () =>
  demo.visit(async (page, openTab) => {
    await signInKept(page);
    const second = await openTab();
    await atAccount(second);
    assert.equal(new URL(second.url()).hash, "#account");

    const requests = [];
    second.on("request", (request) => isApi(request.url()) && requests.push(request.url()));
    // Nothing wakes a tab in the background but the message of the first.
    const noticed = messageOf(second);
    await page.evaluate(() => document.querySelector("#sign-out").click());
    assert.equal(await noticed, "You were signed out in another tab.");
    assert.deepEqual(requests, []);
    assert.equal(await messageOf(page), "You are signed out.");
    assert.doesNotMatch(await text(second, "account"), /first name/);
    assert.equal(new URL(second.url()).hash, "");
    assert.equal(await focused(second), "username");
  }));

test("a second tab’s sign-in shows in the first, in place of its form", () =>
  demo.visit(async (page, openTab) => {
    const second = await openTab();
    await page.bringToFront();
    await page.type("#current-password", "half typed");
    const noticed = textOnceThere(page, "#account:not([hidden]) #account-heading");
    await second.bringToFront();
    await signInKept(second);
    assert.equal(await noticed, "Signed in as first name last name");
    assert.match(await text(page, "keeping"), /^This browser keeps it until you sign out/);
    assert.equal(await page.$eval("#current-password", (input) => input.value), "");
    assert.equal(await focused(page), "account-heading");
    assert.equal(new URL(page.url()).hash, "#account");

    const token = await tokenOf(second);
    const left = messageOf(second);
    await page.bringToFront();
    assert.equal(await tokenOf(page), token);
    await page.click("#sign-out");
    assert.equal(await left, "You were signed out in another tab.");
  }));

test("a session that only one tab has is not shown in another, and its end lets in what another has kept", () =>
  demo.visit(async (page, openTab) => {
    await signInAs(page, sample);
    const token = await tokenOf(page);
    const second = await openTab();
    assert.equal(await second.$eval("#sign-in-form", (form) => form.checkVisibility()), true);
    await signInKept(second);
    assert.equal(await text(page, "token"), token);

    await page.bringToFront();
    await page.click("#sign-out");
    await atAccount(page);
    assert.match(await text(page, "keeping"), /^This browser keeps it/);
    const kept = await tokenOf(page);
    await second.bringToFront();
    assert.equal(await tokenOf(second), kept);
    assert.equal(await statusAtService("/v2/auth/verify", token), 401);
  }));

test("a storage that another tab clears signs out the first", () =>
  demo.visit(async (page, openTab) => {
    await signInKept(page);
    const second = await openTab();
    await atAccount(second);
    const noticed = messageOf(page);
    await second.evaluate(() => localStorage.clear());
    assert.equal(await noticed, "You were signed out in another tab.");
    assert.doesNotMatch(await text(page, "account"), /first name/);
  }));

for (const [way, button] of [
  ["“Check session”", "check-session"],
  ["“Reload my record”", "reload-record"],
]) {
  test(`${way} of an expired session leads back to the form, with the user name as it was typed`, () =>
    demo.visit(async (page) => {
      await signInKept(page);
      await endAtService(page);
      await page.click(`#${button}`);
      assert.equal(await messageOf(page), "Your session has expired: sign in again to go on.");
      assert.equal(await page.$eval("#username", (input) => input.value), sample.username);
      assert.equal(await page.$eval("#current-password", (input) => input.value), "");
      assert.equal(await focused(page), "current-password");
      assert.deepEqual(await kept(page), []);
      assert.doesNotMatch(await text(page, "account"), /first name/);

      await page.keyboard.type(sample.password);
      await page.keyboard.press("Enter");
      await atAccount(page);
    }));
}

test("the sentence about the last session goes when the next sign-in begins", async () => {
  const held = heldRequests();
  await demo.visit(async (page) => {
    await page.evaluate(() => (document.querySelector("#message").textContent = "You are signed out."));
    await page.type("#username", sample.username);
    await page.type("#current-password", sample.password);
    await page.keyboard.press("Enter");
    await page.waitForSelector("#sign-in-form[aria-busy=true]");
    assert.equal(await text(page, "message"), "");
    await held.letGo();
    await atAccount(page);
  }, held);
});
