import { signIn } from "catalyze-signin";

export const connect =
  ({ service, apiKey }) =>
  async (username, password) =>
    (await signIn(apiKey, username, password, { baseUrl: service })).token;
