// The sandboxes that the faults are met at, and what each fault should make of a client and of plain fetch.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { faultTable, startSandbox } from "../driver/sandbox.mjs";

export const account = { username: "demo", password: "correct horse battery staple", user: { username: "demo" } };

/** The sandbox's own table. */
export const faults = await faultTable();

/** A fault that only the client's time limit ends. */
export const isEndedByTheLimit = ({ expected }) => expected.includes("timeout");

/** How plain fetch ends: with the class of an error, with a sign-in, or not at all. It is no promise of anybody's. */
export const plainEndings = {
  silence: ["waiting"],
  stall: ["waiting"],
  drip: ["waiting"],
  cut: ["TypeError"],
  reset: ["TypeError"],
  html: ["SyntaxError"],
  empty: ["SyntaxError"],
  "wrong-type": ["success"],
  "no-token": ["success"],
  redirect: ["success"],
  400: ["Error"],
  "401-gateway": ["SyntaxError"],
  403: ["Error"],
  "404-gateway": ["SyntaxError"],
  429: ["Error"],
  500: ["Error"],
  503: ["Error"],
  endless: ["TypeError"],
  echo: ["Error"],
  late: ["success"],
  expires: ["success"],
  flaky: ["success", "Error"],
};

/**
 * Two sandboxes, so that no test is a race between two clocks. Where the limit must come first, a second of the fault's
 * is a minute, so that the fault goes on for two hours, and the limit is a second. Where the answer must come first, a
 * second of the fault's is ten milliseconds, and the limit is thirty seconds.
 */
export function stageFaults() {
  const stage = {
    /** Where a fault is met, and under which limit. */
    meeting: (fault) =>
      isEndedByTheLimit(fault)
        ? { sandbox: stage.patient, timeoutMs: 1_000 }
        : { sandbox: stage.hurried, timeoutMs: 30_000 },
  };
  before(async () => {
    [stage.patient, stage.hurried] = await Promise.all([
      startSandbox({ users: [account], args: ["--fault-second-ms", "60000"] }),
      startSandbox({ users: [account], args: ["--fault-second-ms", "10"] }),
    ]);
  });
  after(() => Promise.all([stage.patient?.stop(), stage.hurried?.stop()]));
  return stage;
}

/** How many sign-ins have arrived at a sandbox since `from` under a fault, or at the address that it redirects to. */
export async function arrivals(sandbox, from = 0) {
  const requests = (await sandbox.requests()).slice(from);
  return requests.filter(({ method, path }) => method === "POST" && path.endsWith("/v2/auth/signin")).length;
}

/** Waits until a sandbox has stopped sending whatever it has started: until no fault holds a request open. */
export async function nothingIsOpen(sandbox) {
  const count = (words) => sandbox.log().split(words).length - 1;
  const open = () => count("started sending") - count("stopped sending");
  // The sandbox may hear late that a client has left: it is asked again, but not for ever.
  for (let round = 0; round < 1500 && open(); round++) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(open(), 0, "requests are open");
}
