// An ES module required from CommonJS: from Node 20.19 on, and in TypeScript under `nodenext`.
import client = require("catalyze-signin");
import walking = require("./walk.js");

const isRefusal: boolean = client.isSignInError(new Error("of another kind"));
if (isRefusal) throw new Error("It is not what was required.");

const text: Promise<string> = walking.walk(process.env["SIGN_IN"] ?? "");
void text.then(console.log);
