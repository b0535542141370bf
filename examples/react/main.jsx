import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { SignIn } from "./SignIn.jsx";

// The service that `cargo xtask demo` starts, unless the address says otherwise.
const { apiKey = "browser demo.example c0ffee00-5157-4e1f-9b8a-0c0ffee00001", baseUrl = "http://127.0.0.1:8080" } =
  Object.fromEntries(new URLSearchParams(location.search));

createRoot(document.getElementById("main")).render(
  <StrictMode>
    <SignIn apiKey={apiKey} baseUrl={baseUrl} />
  </StrictMode>,
);
