// The least that signs in: no deadline, no check of the answer, one error for all that goes wrong.
export const connect =
  ({ service, apiKey }) =>
  async (username, password) => {
    const response = await fetch(`${service}/v2/auth/signin`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Api-Key": apiKey },
      body: JSON.stringify({ username, password }),
    });
    if (!response.ok) throw new Error(`The service answered ${response.status}.`);
    return (await response.json()).sessionToken;
  };
