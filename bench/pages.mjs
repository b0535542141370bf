// One page per client, each one script: made by the same bundler with the same settings, served by the same server.
import { once } from "node:events";
import { createServer } from "node:http";
import { gzipSync } from "node:zlib";
import { bundle, names } from "./clients.mjs";

const gzip = (text) => gzipSync(text, { level: 9 });

/** Serves a page at `/<name>/` for each client, which runs `code` with its `connect` and with `given`. */
export async function startPages(code, given, options) {
  const files = new Map();
  const scripts = {};
  // Beside the script and not in it: ports differ from run to run, and so would the size.
  const data = JSON.stringify(given);
  const html = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script>given = ${data}</script><script type="module" src="script.js"></script>`;
  for (const name of names) {
    files.set(`/${name}/`, { type: "text/html", body: gzip(html) });
    scripts[name] = await bundle(name, code, options);
    files.set(`/${name}/script.js`, { type: "text/javascript", body: gzip(scripts[name]) });
  }
  const server = createServer((request, response) => {
    const file = files.get(request.url);
    if (!file) return void response.writeHead(404).end();
    response.writeHead(200, { "Content-Type": file.type, "Content-Encoding": "gzip", "Cache-Control": "no-store" });
    response.end(file.body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    scripts,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
