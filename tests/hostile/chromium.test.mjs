// The table of hostile cases in a page of Chromium.
import { testIn } from "./stage.mjs";

await testIn("chromium");
