import { createAuthClient } from "better-auth/client";

export const connect = ({ service }) => {
  const auth = createAuthClient({ baseURL: service });
  return async (email, password) => {
    const { data, error } = await auth.signIn.email({ email, password });
    if (error) throw new Error(error.message);
    return data.token;
  };
};
