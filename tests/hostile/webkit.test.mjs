// The table of hostile cases in a page of WebKit.
import { testInBrowser } from "./in-browser.mjs";

await testInBrowser("webkit");
