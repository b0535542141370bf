const { isSignInError, signIn } = require("catalyze-signin");
const { walk } = require("./walk.js");

if (typeof signIn !== "function" || isSignInError(new Error())) throw new Error("It is not what was required.");
walk(process.env.SIGN_IN).then(console.log);
