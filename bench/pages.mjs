// One page per client, each one script: made by the same bundler with the same settings, served by the same server.
import { once } from "node:events";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const gzip = (text) => gzipSync(text, { level: 9 });

/** Bundles `clients/<name>.js` and serves it at `/<name>/`, in a page that holds what `given` says. */
export async function startPages(names, given) {
  const files = new Map();
  const bytes = {};
  // Beside the script and not in it: ports differ from run to run, and so would the size.
  const html = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script>given = ${JSON.stringify(given)}</script><script type="module" src="script.js"></script>`;
  for (const name of names) {
    const script = gzip(await bundle(name));
    bytes[name] = script.length;
    files.set(`/${name}/`, { type: "text/html", body: gzip(html) });
    files.set(`/${name}/script.js`, { type: "text/javascript", body: script });
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
    /** The size of each script as it is sent. */
    bytes,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function bundle(name) {
  const { outputFiles } = await build({
    entryPoints: [path(`clients/${name}.js`)],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    legalComments: "none",
    alias: { "catalyze-signin": path("../pkg/index.js") },
    write: false,
  });
  return outputFiles[0].text;
}
