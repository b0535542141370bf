// The table of hostile cases in a page.
import { page } from "../driver/page.mjs";
import { run } from "./run.mjs";

export const runPage = (settings) => run({ ...settings, ...page });
