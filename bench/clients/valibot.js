// Plain `fetch`, and every field of the answer checked.
import { parse } from "valibot";
import { signedInUser } from "./user.js";

export const connect =
  ({ service, apiKey }) =>
  async (username, password) => {
    const response = await fetch(`${service}/v2/auth/signin`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Api-Key": apiKey },
      body: JSON.stringify({ username, password }),
    });
    if (!response.ok) throw new Error(`The service answered ${response.status}.`);
    return parse(signedInUser, await response.json()).sessionToken;
  };
