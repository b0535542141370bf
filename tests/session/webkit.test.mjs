// The table of the session in a page of WebKit.
import { testIn } from "./stage.mjs";

await testIn("webkit");
