// Signing in as people write it by hand. These very lines run, and the page shows them.
export async function plainSignIn(baseUrl, apiKey, username, password) {
  const response = await fetch(`${baseUrl}/v2/auth/signin`, {
    method: "POST",
    headers: { "X-Api-Key": apiKey, "Content-Type": "application/json" },
    body: JSON.stringify({ username, password }),
  });
  const body = await response.json();
  if (!response.ok) throw new Error(body.errors[0].message);
  return body;
}
