// Runs plain fetch where the page can end it, which the caller of those lines can't: the request ends with the worker.
import { outcomeOf } from "/outcome.js";
import { plainSignIn } from "/plain-fetch.js";

const platformFetch = fetch;
let requests = 0;

globalThis.fetch = async (...values) => {
  postMessage({ requests: ++requests });
  const response = await platformFetch(...values);
  // The browser has followed a redirect by itself, and a 307 takes the password along.
  if (response.redirected) postMessage({ requests: ++requests });
  return response;
};

addEventListener("message", async ({ data: { baseUrl, apiKey, username, password } }) => {
  const call = async () => {
    const user = await plainSignIn(baseUrl, apiKey, username, password);
    return { user, token: user.sessionToken };
  };
  const outcome = await outcomeOf(call, password);
  postMessage({ requests, outcome });
});
