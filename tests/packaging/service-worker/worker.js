import { walk } from "./walk.js";

addEventListener("message", (event) => {
  event.waitUntil(walk(event.data).then((text) => event.source.postMessage(text)));
});
