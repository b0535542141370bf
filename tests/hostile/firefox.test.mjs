// The table of hostile cases in a page of Firefox.
import { testInBrowser } from "./in-browser.mjs";

await testInBrowser("firefox");
