import { from } from "solid-js";
import { createAuth } from "catalyze-signin";

// The service that `cargo xtask demo` starts, unless the address says otherwise. No app for others lets it: whoever made
// the link would choose who gets the password.
const { apiKey = "browser demo.example c0ffee00-5157-4e1f-9b8a-0c0ffee00001", baseUrl = "http://127.0.0.1:8080" } =
  Object.fromEntries(new URLSearchParams(globalThis.location?.search));

export const auth = createAuth({ apiKey, baseUrl, persist: "localStorage" });

export const useAuth = () => from(auth);
