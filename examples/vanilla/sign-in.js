import { isSignInError, signIn } from "catalyze-signin";

// The service that `cargo xtask demo` starts, unless the address says otherwise.
const { apiKey = "browser demo.example c0ffee00-5157-4e1f-9b8a-0c0ffee00001", baseUrl = "http://127.0.0.1:8080" } =
  Object.fromEntries(new URLSearchParams(location.search));

const form = document.querySelector("form");
const alert = form.querySelector("[role=alert]");
const button = form.querySelector("button");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  alert.textContent = "";
  button.disabled = true;
  try {
    const { username, password } = Object.fromEntries(new FormData(form));
    const { user } = await signIn(apiKey, username, password, { baseUrl });
    form.replaceWith(`Signed in as ${user.email?.primary ?? user.usersId}`);
  } catch (error) {
    if (!isSignInError(error)) throw error;
    alert.textContent =
      error.code === "invalid_credentials" ? "The user name or the password is wrong." : error.message;
  } finally {
    button.disabled = false;
  }
});
