// The table of hostile cases in a page of Firefox.
import { testIn } from "./stage.mjs";

await testIn("firefox");
