// The table of `createAuth` in a page of Firefox.
import { testIn } from "./stage.mjs";

await testIn("firefox");
