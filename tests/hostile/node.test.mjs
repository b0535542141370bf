// The table of hostile cases in Node.
import { testIn } from "./stage.mjs";

await testIn("node");
