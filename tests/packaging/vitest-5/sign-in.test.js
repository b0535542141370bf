import { expect, test } from "vitest";
import { walk } from "./walk.js";

test("signs in", async () => {
  const text = await walk(process.env.SIGN_IN);
  console.log(text);
  expect(text).toContain("SignInError");
});
