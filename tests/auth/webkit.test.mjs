// The table of `createAuth` in a page of WebKit.
import { testIn } from "./stage.mjs";

await testIn("webkit");
