// The table of the session in Node.
import { testIn } from "./stage.mjs";

await testIn("node");
