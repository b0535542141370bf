import PocketBase, { BaseAuthStore } from "pocketbase";

export const connect = ({ service }) => {
  // As ours: the token stays in memory. The default is `localStorage`.
  const users = new PocketBase(service, new BaseAuthStore()).collection("users");
  return async (username, password) => (await users.authWithPassword(username, password)).token;
};
