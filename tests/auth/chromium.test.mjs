// The table of `createAuth` in a page of Chromium.
import { testIn } from "./stage.mjs";

await testIn("chromium");
