import { walk } from "./walk.js";

onmessage = async ({ data }) => postMessage(await walk(data));
