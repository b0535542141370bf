import { init } from "catalyze-signin";
import { walk } from "./walk.js";

const address = new URL("catalyze-signin/wasm", import.meta.url);

init(address)
  .then(() => walk(location.search))
  .catch(String)
  .then((text) => {
    document.body.textContent = text;
  });
