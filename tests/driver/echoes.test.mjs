// The check for secrets, which every row goes through, finds them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { key, password, token } from "./credentials.mjs";
import { leaksSecret, spellings } from "./echoes.mjs";

const secrets = [key, password, token, "ab/cd", 'a"b', 'ü/ß"e'];

for (const [how, spell] of Object.entries(spellings)) {
  test(`a secret that is spelled ${how} is seen`, () => {
    for (const secret of secrets) assert.ok(leaksSecret(`code 1: <${spell(secret)}>`, ["another", secret]), secret);
  });
}

test("a text without a secret is not taken for a leak", () => {
  for (const text of [
    "",
    "SignInError: HTTP 400",
    "ab-cd, a/b",
    "R&amp;D: 100% of \\u12 &nosuch; \\",
    "%E0%A4",
    "\\ud800",
  ])
    assert.ok(!leaksSecret(text, secrets), text);
});
