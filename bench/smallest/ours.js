import { signIn } from "catalyze-signin";
signIn("k", "u", "p").then(console.log, console.error);
