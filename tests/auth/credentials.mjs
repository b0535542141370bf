export { key, password, token, username } from "../driver/credentials.mjs";

/** The key of a second application of the same origin. */
export const otherKey = "browser hostile.example other-key-canary-55c1";
