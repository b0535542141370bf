import { walk } from "./walk.js";

walk(location.search).then((text) => {
  document.body.textContent = text;
});
