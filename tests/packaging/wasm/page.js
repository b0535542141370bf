import { init } from "catalyze-signin";
import address from "catalyze-signin/wasm?url";
import { walk } from "./walk.js";

init(address)
  .then(() => walk(location.search))
  .catch(String)
  .then((text) => {
    document.body.textContent = text;
  });
