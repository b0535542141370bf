import { StrictMode } from "react";
import { createRoot, hydrateRoot } from "react-dom/client";
import { App } from "./App.jsx";
import "./style.css";

const app = (
  <StrictMode>
    <App />
  </StrictMode>
);
const root = document.getElementById("app");
// The page of `server.jsx` has the app in it, and the page of Vite has not.
if (root.firstElementChild) hydrateRoot(root, app);
else createRoot(root).render(app);
