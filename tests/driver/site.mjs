// The site for running the tables in a browser. It serves a page, the package, the tables, and modules that trap.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { moduleNamed, packageFolder } from "./modules.mjs";

const tests = fileURLToPath(new URL("..", import.meta.url));
const roots = {
  package: packageFolder,
  ...Object.fromEntries(["auth", "driver", "hostile", "session"].map((name) => [name, join(tests, name)])),
};
const types = { mjs: "text/javascript", js: "text/javascript", wasm: "application/wasm", html: "text/html" };
const page =
  '<!doctype html><meta charset="utf-8"><title>tests</title><link rel="icon" href="data:,"><iframe srcdoc=""></iframe>';

/** @param {Record<string, (query: URLSearchParams) => unknown>} [answers] by path, the answer, which is sent as JSON */
export async function startSite(answers = {}) {
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://site");
    const [, folder, ...rest] = normalize(pathname).split("/");
    try {
      if (folder === "module") return void response.end(await moduleNamed(rest.join("/")));
      if (!folder) return void response.writeHead(200, { "Content-Type": "text/html" }).end(page);
      if (answers[folder]) return void response.end(JSON.stringify(await answers[folder](searchParams)));
      if (folder === "package" && rest[0].startsWith("copy-")) rest.shift();
      const content = await readFile(join(roots[folder], ...rest));
      response.writeHead(200, { "Content-Type": types[pathname.split(".").at(-1)] ?? "text/plain" }).end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${server.address().port}/`, stop: () => server.close() };
}
