// The app on a server: npm run server. Who is signed in, only a page knows, so all get the same: `resuming`.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";
import { StrictMode } from "react";
import { renderToString } from "react-dom/server";
import { App } from "./App.jsx";

const built = new URL("../dist/", import.meta.url);
const page = await readFile(new URL("index.html", built), "utf8");
const types = { ".css": "text/css", ".js": "text/javascript" };

const render = () =>
  renderToString(
    <StrictMode>
      <App />
    </StrictMode>,
  );

const server = createServer(async ({ url }, response) => {
  const { pathname } = new URL(url, "http://localhost");
  if (pathname === "/") {
    response.setHeader("Content-Type", "text/html; charset=utf-8").end(page.replace("<!-- app -->", render));
    return;
  }
  try {
    const file = await readFile(new URL(`.${pathname}`, built));
    response.setHeader("Content-Type", types[extname(pathname)] ?? "application/octet-stream").end(file);
  } catch {
    response.writeHead(404).end();
  }
});

server.listen(process.env.PORT ?? 5173);
