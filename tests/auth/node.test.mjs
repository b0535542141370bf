// The table of `createAuth` in Node.
import { testIn } from "./stage.mjs";

await testIn("node");
