// The examples, as they are, from the packed package: a person goes through each app, and each script runs.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { axeViolations } from "../page/axe.mjs";
import { run, start } from "./project.mjs";
import { serve } from "./site.mjs";
import { account, apiKey, setStage } from "./stage.mjs";

const examples = new URL("../../examples/", import.meta.url);
const example = (name) => new URL(`${name}/`, examples);
const apps = ["react", "solid", "svelte", "vanilla", "vue"];
const views = {
  form: "User name",
  signedIn: "Signed in as primary@email.com",
  account: account.user.usersId,
  unreachable: "The service can’t be reached.",
};

let environment;
const stage = setStage(() => {
  environment = { CATALYZE_API_KEY: apiKey, CATALYZE_BASE_URL: stage.sandbox.url };
});

/** The sandbox behind a door of its own: `close` it, and nobody is there; `hold`, and the answers wait. */
async function openService() {
  const { hostname, port } = new URL(stage.sandbox.url);
  let requests = [];
  let held = Promise.resolve();
  const server = createServer((asked, answer) => {
    const { method, url: path, headers } = asked;
    if (method !== "OPTIONS") requests.push(`${method} ${path}`);
    const forwarded = request({ hostname, port, method, path, headers }, async (response) => {
      await held;
      answer.writeHead(response.statusCode, response.rawHeaders);
      response.pipe(answer);
    });
    asked.pipe(forwarded);
  });
  const open = (at) => once(server.listen(at, "127.0.0.1"), "listening");
  await open(0);
  const { port: own } = server.address();
  return {
    url: `http://127.0.0.1:${own}`,
    open: () => open(own),
    async close() {
      const closed = once(server.close(), "close");
      server.closeAllConnections();
      await closed;
    },
    /** Holds all answers back, until the function that this returns is called. */
    hold() {
      let release;
      held = new Promise((resolve) => (release = resolve));
      return release;
    },
    /** The requests since it was last asked. */
    takeRequests() {
      const taken = requests;
      requests = [];
      return taken;
    },
  };
}

/** Runs in a page before anything else: writes down what its document ever held, were it for a moment. */
function watch() {
  const seen = (globalThis.seen = { forms: 0, text: "", subscriptions: 0 });
  const look = (changes) => {
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) {
        if (node.nodeName === "FORM" || node.querySelector?.("form")) seen.forms++;
      }
    }
    seen.text += `${document.body?.innerText}\n`;
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
}

/** Waits until the page shows `text`, and not `gone`. A tab in the background has no frames, but its observers run. */
async function shows(page, text, gone = "\0") {
  const shown = page.evaluate(
    (text, gone) =>
      new Promise((resolve) => {
        const look = () => {
          const { innerText } = document.body;
          if (!innerText.includes(text) || innerText.includes(gone)) return;
          observer.disconnect();
          resolve(true);
        };
        const observer = new MutationObserver(look);
        observer.observe(document, { subtree: true, childList: true, characterData: true });
        look();
      }),
    text,
    gone,
  );
  shown.catch(() => {}); // the page may be closed by then
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, 30_000)));
  const inTime = await Promise.race([shown, late]);
  clearTimeout(timer);
  if (!inTime) {
    assert.fail(`“${text}” does not appear:\n${await page.evaluate(() => document.body.innerText)}`);
  }
}

async function fillIn(page, password) {
  await page.bringToFront();
  await page.type("[name=username]", account.username);
  await page.type("[name=password]", password);
  await page.click("form button");
}

const click = (page, name) => page.click(`::-p-xpath(//button[normalize-space() = "${name}"])`);
const textOf = (page, selector) => page.$eval(selector, ({ textContent }) => textContent.trim());
const seen = (page) => page.evaluate(() => globalThis.seen);

/** A person with a browser of their own, at an app that is served at `url`, with a service of its own. */
async function visit(url) {
  const context = await stage.browser.createBrowserContext();
  const service = await openService();
  const complaints = [];
  return {
    service,
    /** What went wrong in the pages, or was said on their consoles. */
    complaints,
    async open(route = "") {
      const page = await context.newPage();
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("console", (message) => {
        // The browser itself says that an answer was a 401, or that nobody was there.
        const own = message.text().startsWith("Failed to load resource");
        if (["error", "warn"].includes(message.type()) && !own) complaints.push(message.text());
      });
      await page.evaluateOnNewDocument(watch);
      await page.goto(`${url}/?${new URLSearchParams({ apiKey, baseUrl: service.url })}${route}`);
      return page;
    },
    async leave() {
      await context.close();
      await service.close().catch(() => {}); // where the test has closed it
    },
  };
}

/** Each test goes with a person of its own, whose pages have nothing to complain of. */
const goes = (urlOf, walk) => async () => {
  const person = await visit(urlOf());
  try {
    await walk(person);
    assert.deepEqual(person.complaints, []);
  } catch (error) {
    throw new Error([error.message, ...person.complaints].join("\n"), { cause: error });
  } finally {
    await person.leave();
  }
};

for (const app of apps) {
  describe(`examples/${app}`, () => {
    let site;
    before(async () => {
      const folder = await stage.set(example(app));
      if (app !== "vanilla") await run("npx", ["vite", "build"], folder);
      site = await serve(app === "vanilla" ? folder : join(folder, "dist"));
    });
    after(() => site?.stop());
    const person = (walk) => goes(() => site.url, walk);

    async function signedIn({ open }, route) {
      const page = await open(route);
      await shows(page, views.form);
      await fillIn(page, account.password);
      await shows(page, views.signedIn);
      return page;
    }

    test(
      "explains a wrong password, signs in, and stays signed in over a reload",
      person(async ({ open, service }) => {
        const page = await open();
        await shows(page, views.form);
        await fillIn(page, "wrong");
        await shows(page, "The user name or the password is wrong.");
        assert.equal(await textOf(page, "[role=alert]"), "The user name or the password is wrong.");
        assert.deepEqual(await axeViolations(page), []);
        // The wrong password has the focus, selected, so that the next one replaces it.
        await page.waitForSelector("[name=password]:focus");
        await page.keyboard.type(account.password);
        await page.keyboard.press("Enter");
        await shows(page, views.signedIn);
        assert.equal(await textOf(page, "[role=status]"), views.signedIn);
        assert.equal(await page.$("form"), null);
        await page.waitForSelector("h1:focus");

        const release = service.hold();
        await page.reload();
        await shows(page, "One moment");
        const { forms, text } = await seen(page);
        assert.equal(forms, 0, "a form, while nobody knows");
        assert.doesNotMatch(text, /Signed in as|primary@email/);
        release();
        await shows(page, views.signedIn);
        assert.equal((await seen(page)).forms, 0, "a form, before the user");

        await click(page, "Sign out");
        await shows(page, views.form);
        assert.equal(await textOf(page, "[role=status]"), "You have signed out.");
      }),
    );

    test(
      "follows another tab in and out",
      person(async ({ open }) => {
        const [one, other] = [await open(), await open()];
        for (const page of [one, other]) await shows(page, views.form);
        await fillIn(other, account.password);
        for (const page of [other, one]) await shows(page, views.signedIn, views.form);
        await click(other, "Sign out");
        for (const page of [other, one]) await shows(page, views.form, views.signedIn);
      }),
    );

    test(
      "signs out when another tab has cleared the storage",
      person(async (visitor) => {
        const page = await signedIn(visitor);
        const other = await visitor.open();
        await shows(other, views.signedIn);
        await other.evaluate(() => localStorage.clear());
        await shows(page, views.form, views.signedIn);
      }),
    );

    test(
      "says that the service can’t be reached, asks for no password then, and tries again",
      person(async (visitor) => {
        const page = await signedIn(visitor);
        await visitor.service.close();
        await page.reload();
        await shows(page, views.unreachable);
        assert.equal(await textOf(page, "[role=alert]"), views.unreachable);
        assert.deepEqual(await axeViolations(page), []);
        await click(page, "Try again");
        await page.waitForSelector("main button:not([aria-disabled=true])");
        await shows(page, views.unreachable);
        await visitor.service.open();
        await click(page, "Try again");
        await shows(page, views.signedIn, views.unreachable);
        const { forms } = await seen(page);
        assert.equal(forms, 0, "a form, though nobody has signed out");
      }),
    );

    test(
      "keeps a page for those who are signed in",
      person(async (visitor) => {
        const page = await visitor.open("#/account");
        await shows(page, views.form);
        assert.ok(!(await seen(page)).text.includes(views.account), "private, and nobody is signed in");
        await fillIn(page, account.password);
        await shows(page, views.account);
        assert.equal(await textOf(page, "a[aria-current]"), "Account");
        assert.deepEqual(await axeViolations(page), []);

        const release = visitor.service.hold();
        await page.reload();
        await shows(page, "One moment");
        assert.ok(!(await seen(page)).text.includes(views.account), "private before anybody knows");
        release();
        await shows(page, views.account);
        assert.equal((await seen(page)).forms, 0);

        await page.click("a[href='#/']");
        await shows(page, "Welcome", views.account);
        await page.click("a[href='#/account']");
        await shows(page, views.account);
        await click(page, "Sign out");
        await shows(page, views.form, views.account);
      }),
    );
  });
}

// With React's own checks, which only its development build has.
describe("examples/react, in development and from its server", () => {
  let server;
  before(async () => {
    const folder = join(stage.folder, "react");
    const development = { NODE_ENV: "development" };
    await run("npx", ["vite", "build", "--mode", "development"], folder, development);
    await run("npx", ["vite", "build", "--mode", "development", "--ssr", "server.jsx", "--outDir", "build"], folder, {
      ...development,
    });
    await writeFile(
      join(folder, "watch.mjs"),
      `const { fetch } = globalThis;
       globalThis.fetch = (...values) => (console.log("sent", String(values[0])), fetch(...values));`,
    );
    server = await start("node --import ./watch.mjs build/server.js", folder, development);
  });
  after(() => server?.stop());
  const person = (walk) => goes(() => server.url, walk);

  test("every page of the server is at “resuming”, however long it has run, and the server sends nothing", async () => {
    for (let page = 1; page <= 3; page++) {
      const html = await (await fetch(server.url)).text();
      assert.match(html, /<h1 tabindex="-1">One moment …<\/h1><\/main>/);
    }
    assert.equal(server.log(), "");
  });

  test(
    "a page hydrates without a complaint, and becomes the form",
    person(async ({ open, service }) => {
      const page = await open();
      await shows(page, views.form);
      assert.match((await seen(page)).text, /One moment/);
      assert.deepEqual(service.takeRequests(), []);
    }),
  );

  test(
    "a page that StrictMode mounts twice asks once, and hydrates without a complaint",
    person(async ({ open, service }) => {
      const page = await open("#/account");
      await shows(page, views.form);
      await fillIn(page, account.password);
      await shows(page, views.account);
      service.takeRequests();
      await page.evaluateOnNewDocument(() => {
        const { addEventListener } = globalThis;
        globalThis.addEventListener = function (type, ...rest) {
          if (type === "hashchange") globalThis.seen.subscriptions++;
          return addEventListener.call(this, type, ...rest);
        };
      });
      await page.reload();
      await shows(page, views.account);
      assert.equal((await seen(page)).subscriptions, 2, "it was mounted once");
      assert.deepEqual(service.takeRequests(), ["GET /v2/auth/verify", `GET /v2/users/${account.user.usersId}`]);
    }),
  );
});

test("a session in a ref of Vue still tells its token", async () => {
  const folder = join(stage.folder, "vue");
  const script = `
    import { signIn } from "catalyze-signin";
    import { reactive, ref } from "vue";
    const fetch = async () => new Response('{"usersId":"u","sessionToken":"t"}');
    const session = await signIn("key", "bob", "password", { fetch });
    console.log(ref(session).value.token, reactive({ session }).session.token);`;
  await writeFile(join(folder, "session.js"), script);
  assert.equal((await run("node", ["session.js"], folder)).stdout, "t t\n");
});

// As docs/frameworks.md says. On a server there is no storage, and an auth in a module has found that out by the second time.
const components = {
  svelte: `
    import { compile } from "svelte/compiler";
    import { render } from "svelte/server";
    const source = '<script>import { createAuth } from "catalyze-signin";' +
      'const auth = createAuth({ apiKey: "key", persist: "localStorage" });</script>{$auth.status}';
    await writeFile(new URL("component.js", import.meta.url), compile(source, { generate: "server" }).js.code);
    const { default: Component } = await import("./component.js");
    const page = () => render(Component).body;`,
  solid: `
    import { createAuth } from "catalyze-signin";
    import { from } from "solid-js";
    import { renderToString } from "solid-js/web";
    const page = () => renderToString(() => from(createAuth({ apiKey: "key", persist: "localStorage" }))().status);`,
};
for (const [app, component] of Object.entries(components)) {
  test(`an auth in a component of ${app} is at “resuming” on a server, for whoever asks`, async () => {
    const folder = join(stage.folder, app);
    const script = `
      import { writeFile } from "node:fs/promises";
      import { createAuth as another } from "catalyze-signin";
      ${component}
      const first = page();
      await another({ apiKey: "key", persist: "localStorage" }).ready;
      console.log(first, page());`;
    await writeFile(join(folder, "server.js"), script);
    assert.match((await run("node", ["server.js"], folder)).stdout, /resuming.* .*resuming/);
  });
}

test("examples/node prints the user, and explains a refusal", async () => {
  const folder = await stage.set(example("node"));
  const signIn = (password) =>
    run("sh", ["-c", `printf '%s\\n' '${password}' | node sign-in.js ${account.username}`], folder, environment);
  assert.deepEqual(JSON.parse((await signIn(account.password)).stdout), account.user);
  await assert.rejects(signIn("wrong"), /invalid_credentials: /);
});

test("every example is run here, or by the check `examples`", async () => {
  const scripts = ["node"];
  const inRust = ["leptos", "native", "yew"];
  assert.deepEqual((await readdir(examples)).sort(), [...apps, ...scripts, ...inRust].sort());
});

test("what docs/frameworks.md quotes stands so in the example", async () => {
  const text = await readFile(new URL("../../docs/frameworks.md", import.meta.url), "utf8");
  const quotes = [...text.matchAll(/\]\(\.\.\/(examples\/(\w+)\/[^)]+)\):\n\n```\w+\n(.*?)```/gs)];
  assert.equal(quotes.length, text.match(/^```\w+$/gm).length, "each quote follows the link to its file");
  for (const [, path, , quote] of quotes) {
    const file = await readFile(new URL(`../../${path}`, import.meta.url), "utf8");
    assert.ok(file.includes(quote), `${path} does not have:\n${quote}`);
  }
  assert.deepEqual([...new Set(quotes.map(([, , name]) => name))].sort(), apps);
});

test("the apps wear the same style", async () => {
  const styles = await Promise.all(apps.map((app) => readFile(new URL("style.css", example(app)), "utf8")));
  assert.equal(new Set(styles).size, 1);
});
