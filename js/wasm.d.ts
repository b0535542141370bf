import type { InitSource } from "./index.js";

/** What the host makes of an import of the module: its address, its bytes, or the module. Each goes into `init`. */
declare const source: InitSource;
export default source;
