// Checks the requests that the server has received against 2 of docs/promises.md.
import { credentialsOf, expectedIn } from "./cases.mjs";

/** The same JSON with the escapes that `JSON.stringify` uses, or `undefined`. */
const respelled = (text) => {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {}
};

/** How many requests of a row reached the server, and what is wrong with them. */
export function verdict(row, host, exchanges) {
  const mine = exchanges.filter((exchange) => exchange.id === row.id && exchange.host === host);
  const { requests } = expectedIn(row, host);
  const [least, most] = [requests].flat().length === 2 ? requests : [requests, requests];
  const faults = [];
  if (mine.length < least || mine.length > most) faults.push(`${mine.length} requests arrived, not ${requests}`);
  const sent = credentialsOf(row);
  for (const exchange of mine) {
    if (exchange.elsewhere) faults.push(`${exchange.method} ${exchange.path} went to another origin`);
    if (exchange.method !== "POST" || exchange.route !== (row.route ?? "/v2/auth/signin"))
      faults.push(`the request was ${exchange.method} ${exchange.route}`);
    const header = (name) =>
      exchange.headers
        .filter(([other]) => other.toLowerCase() === name)
        .map(([, value]) => value)
        .join(" | ");
    const known = sent.some(
      ({ key, username, password }) =>
        header("x-api-key") === key && respelled(exchange.body) === JSON.stringify({ username, password }),
    );
    if (!known) faults.push("the key or the body arrived changed");
    for (const name of ["accept", "content-type"])
      if (header(name) !== "application/json") faults.push(`${name}: ${header(name)}`);
    for (const name of ["authorization", "cookie", "referer"]) if (header(name)) faults.push(`${name} was sent`);
  }
  return { requests: mine.length, faults };
}
