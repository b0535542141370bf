// What cargo calls to run a file of wasm-bindgen's tests in headless Firefox: node in-firefox.mjs <module> [arguments].
//
// The runner of wasm-bindgen drives Firefox by geckodriver alone, which Debian has no package of. So it only serves the
// tests here, as it does for people who open them by hand, and Firefox is driven as the other tests drive it.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { browsers } from "../driver/browsers.mjs";

const runner = spawn(process.env.XTASK, ["wasm-test-runner", ...process.argv.slice(2)], {
  env: { ...process.env, NO_HEADLESS: "1", WASM_BINDGEN_TEST_ADDRESS: "127.0.0.1:0" },
  stdio: ["ignore", "pipe", "inherit"],
});

/** Where the tests are, as the runner says. */
async function address() {
  for await (const line of createInterface(runner.stdout)) {
    const [url] = /http:\/\/[\d.:]+/.exec(line) ?? [];
    if (url) return url;
  }
  throw new Error("the runner serves no tests");
}

/** What the tests have written, when they are done. */
const result = () =>
  new Promise((resolve) => {
    const output = document.getElementById("output");
    const look = () => {
      if (!/^test result: |^error/m.test(output.textContent)) return;
      observer.disconnect();
      resolve(output.textContent);
    };
    const observer = new MutationObserver(look);
    observer.observe(output, { characterData: true, childList: true, subtree: true });
    look();
  });

let firefox;
try {
  firefox = await browsers.firefox(await address());
  const output = await firefox.evaluate(result);
  console.log(output);
  process.exitCode = /^test result: ok\./m.test(output) ? 0 : 1;
} finally {
  await firefox?.stop();
  runner.kill();
}
