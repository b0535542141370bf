// Starts each browser, and runs functions in a page of it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { createServer } from "node:net";
import puppeteer from "puppeteer-core";
import { launchChromium } from "./chromium.mjs";

/** Each function opens `url` and returns `{ version, evaluate(script, ...values), consoleMessages, stop() }`. */
export const browsers = {
  async chromium(url) {
    return inPuppeteer(await launchChromium(["--js-flags=--expose-gc", "--enable-precise-memory-info"]), url);
  },

  async firefox(url) {
    const browser = await puppeteer.launch({
      browser: "firefox",
      executablePath: process.env.FIREFOX ?? "/usr/bin/firefox-esr",
      extraPrefsFirefox: {
        // The tests use loopback addresses only, so the browser must not connect to any other.
        "network.captive-portal-service.enabled": false,
        "network.connectivity-service.enabled": false,
      },
    });
    return inPuppeteer(browser, url);
  },

  async webkit(url) {
    const port = await freePort();
    const driver = spawn(
      "xvfb-run",
      [
        "--auto-servernum",
        process.env.WEBKIT_DRIVER ?? "/usr/bin/WebKitWebDriver",
        `--port=${port}`,
        "--host=127.0.0.1",
      ],
      // WebKit's sandbox needs namespaces, which containers forbid. The process group is for killing the children that
      // xvfb-run would leave behind.
      { env: { ...process.env, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1" }, stdio: "ignore", detached: true },
    );
    const end = () => process.kill(-driver.pid);
    // Node's runner ends a file that hangs with SIGTERM, which would leave the process group behind.
    const ended = () => {
      end();
      process.exit(1);
    };
    process.once("SIGTERM", ended);
    const stop = () => {
      process.off("SIGTERM", ended);
      end();
    };
    const base = `http://127.0.0.1:${port}`;
    try {
      await listening(base, driver);
      const { sessionId, capabilities } = await webDriver(base, "POST", "/session", {
        capabilities: {
          alwaysMatch: {
            "webkitgtk:browserOptions": { binary: await miniBrowser(), args: ["--automation"] },
            timeouts: { script: 300_000, pageLoad: 60_000 },
          },
        },
      });
      const session = `/session/${sessionId}`;
      await webDriver(base, "POST", `${session}/url`, { url });
      return {
        version: capabilities.browserVersion,
        // The driver does not report console messages.
        consoleMessages: [],
        async evaluate(script, ...values) {
          const result = await webDriver(base, "POST", `${session}/execute/async`, {
            script: `const done = arguments[arguments.length - 1];
              (${script})(...JSON.parse(arguments[0])).then((value) => done({ value }), (error) => done({ error: String(error) }));`,
            args: [JSON.stringify(values)],
          });
          if (result.error) throw new Error(result.error);
          return result.value;
        },
        async stop() {
          await webDriver(base, "DELETE", session).catch(() => {});
          stop();
        },
      };
    } catch (error) {
      stop();
      throw error;
    }
  },
};

async function inPuppeteer(browser, url) {
  const page = await browser.newPage();
  const consoleMessages = [];
  page.on("console", (message) => consoleMessages.push(message.text()));
  await page.goto(url);
  return {
    page,
    version: (await browser.version()).replace(/^.*\//, ""),
    consoleMessages,
    evaluate: (script, ...values) => page.evaluate(`(${script})(...${JSON.stringify(values)})`),
    stop: () => browser.close(),
  };
}

/** Sends a command of the WebDriver protocol. */
async function webDriver(base, method, path, body) {
  const answer = await fetch(base + path, {
    method,
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(330_000),
  });
  const { value } = await answer.json();
  if (!answer.ok) throw new Error(`${value.error}: ${value.message}`);
  return value;
}

async function listening(base, driver) {
  const gone = once(driver, "exit").then(() => {
    throw new Error("The WebKit driver ended before it listened: are xvfb and webkit2gtk-driver installed?");
  });
  gone.catch(() => {});
  const asked = async () => {
    // The driver does not report when it listens, so this asks until it answers.
    for (;;) {
      if (
        await fetch(`${base}/status`).then(
          () => true,
          () => false,
        )
      )
        return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  await Promise.race([asked(), gone]);
}

async function miniBrowser() {
  for (const folder of await readdir("/usr/lib")) {
    const path = `/usr/lib/${folder}/webkit2gtk-4.1/MiniBrowser`;
    if (existsSync(path)) return path;
  }
  throw new Error("WebKit's MiniBrowser is missing: is webkit2gtk-driver installed?");
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
