import { signIn } from "catalyze-signin";
import { apiKey, password, service, signedIn, username } from "./page.js";

const { token } = await signIn(apiKey, username, password, { baseUrl: service });
signedIn(token);
