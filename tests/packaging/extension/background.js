import { walk } from "./walk.js";

globalThis.walk = walk;
