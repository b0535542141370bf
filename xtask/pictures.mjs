// Takes the pictures of docs/pictures: `node xtask/pictures.mjs <folder>`.
import { join } from "node:path";
import { launchChromium } from "../tests/driver/chromium.mjs";
import { startSandbox } from "../tests/driver/sandbox.mjs";

const [folder] = process.argv.slice(2);

/** For each picture: how to get to what it shows, and the elements that are in its frame. */
const pictures = {
  // Signed in, with what the service has sent.
  demo: {
    path: "/",
    width: 780,
    async arrive(page) {
      await page.type("#username", account.username);
      await page.type("#current-password", account.password);
      await page.click("#submit");
      await page.waitForSelector("#account:not([hidden])");
    },
    frame: ["#account-heading", "#user"],
  },
  // One call has ended at its time limit, and the other waits.
  "one-fault": {
    path: "/faults.html",
    width: 960,
    async arrive(page) {
      await page.click("#start");
      await page.waitForFunction(() => parseFloat(document.querySelector("#plain .state-time").textContent) >= 5);
    },
    frame: ["#controls", ".findings"],
  },
  "all-faults": {
    path: "/faults.html",
    width: 780,
    async arrive(page) {
      await page.select("#time-limit", "1000");
      await page.click("#start-all");
      await page.waitForFunction(() => document.querySelector("#summary").textContent.startsWith("This client"));
      // The descriptions of the faults are left out: they are in docs/faults.md, and would double the picture's height.
      await page.$$eval("#faults th", (heads) => {
        for (const head of heads) {
          head.style.width = "16%";
          head.querySelector(".hint").hidden = true;
        }
      });
    },
    frame: ["#summary", "table"],
  },
};

const account = { username: "demo", password: "correct horse battery staple", user: { username: "demo" } };
const sandbox = await startSandbox({ users: [account] });
const browser = await launchChromium();
try {
  for (const scheme of ["light", "dark"]) {
    for (const [name, { path, width, arrive, frame }] of Object.entries(pictures)) {
      const page = await browser.newPage();
      page.setDefaultTimeout(120_000);
      await page.setViewport({ width, height: 800 });
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      await page.goto(sandbox.url + path);
      await page.waitForSelector("main button:enabled");
      await arrive(page);
      // So that there is no focus ring around what was clicked.
      await page.evaluate(() => document.activeElement.blur());
      await page.mouse.move(0, 0);
      const clip = await page.$$eval(frame.join(), frameAround);
      const file = join(folder, `${name}-${scheme}.webp`);
      await page.screenshot({ path: file, type: "webp", quality: 36, clip, captureBeyondViewport: true });
      await page.close();
    }
  }
} finally {
  await browser.close();
  await sandbox.stop();
}

/** Runs in the page: the rectangle around the elements, with a margin. */
function frameAround(elements) {
  const boxes = elements.map((element) => element.getBoundingClientRect());
  const air = 16;
  const top = Math.min(...boxes.map((box) => box.top)) + scrollY - air;
  const bottom = Math.max(...boxes.map((box) => box.bottom)) + scrollY + air;
  return { x: 0, y: top, width: innerWidth, height: bottom - top, scale: 0.9 };
}
