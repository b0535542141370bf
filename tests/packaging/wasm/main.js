import { readFile } from "node:fs/promises";
import { init } from "catalyze-signin";
import { walk } from "./walk.js";

await init(readFile(new URL(import.meta.resolve("catalyze-signin/wasm"))));
console.log(await walk(process.env.SIGN_IN));
