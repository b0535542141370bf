// The table of hostile cases in a page of Chromium.
import { testInBrowser } from "./in-browser.mjs";

await testInBrowser("chromium");
