// The table of the session in a page of Chromium.
import { testIn } from "./stage.mjs";

await testIn("chromium");
