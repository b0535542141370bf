import type { InitSource } from "./index.js";

/** What an import of the module gives, depending on the host: its URL, its bytes or the module. `init` takes each. */
declare const source: InitSource;
export default source;
