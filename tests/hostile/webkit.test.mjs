// The table of hostile cases in a page of WebKit.
import { testIn } from "./stage.mjs";

await testIn("webkit");
