import { writeFileSync } from "node:fs";
import { request } from "node:http";
import { walk } from "./walk.js";

// Jest's jsdom has no fetch, so a test brings one, here over Node's HTTP: what it gives is no Response.
globalThis.fetch ??= (url, { method, headers, body, signal }) =>
  new Promise((resolve, reject) => {
    const sent = request(url, { method, headers }, (answer) => {
      const text = async () => {
        let content = "";
        for await (const chunk of answer) content += chunk;
        return content;
      };
      resolve({
        status: answer.statusCode,
        headers: { get: (name) => answer.headers[name.toLowerCase()] ?? null },
        text,
      });
    });
    signal.addEventListener("abort", () => sent.destroy());
    sent.on("error", reject);
    sent.end(body);
  });

test("signs in", async () => {
  const text = await walk(process.env.SIGN_IN);
  // Jest decorates what a test prints.
  writeFileSync("outcome.txt", `${text}\n`);
  expect(text).toContain("SignInError");
});
