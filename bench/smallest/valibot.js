import { parse } from "valibot";
import { signedInUser } from "../clients/user.js";

const response = await fetch("https://api.catalyze.io/v2/auth/signin", {
  method: "POST",
  headers: { "Content-Type": "application/json", "X-Api-Key": "k" },
  body: JSON.stringify({ username: "u", password: "p" }),
});
if (!response.ok) throw new Error(`The service answered ${response.status}.`);
console.log(parse(signedInUser, await response.json()));
