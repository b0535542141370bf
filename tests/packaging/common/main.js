import { walk } from "./walk.js";

console.log(await walk(process.env.SIGN_IN));
