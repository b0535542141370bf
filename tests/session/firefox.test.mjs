// The table of the session in a page of Firefox.
import { testIn } from "./stage.mjs";

await testIn("firefox");
