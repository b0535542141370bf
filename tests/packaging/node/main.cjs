const { isSignInError, signIn } = require("catalyze-signin");

const { apiKey, username, password, baseUrl } = Object.fromEntries(new URLSearchParams(process.env.SIGN_IN));

(async () => {
  const { user, token } = await signIn(apiKey, username, password, { baseUrl });
  const refusal = await signIn(apiKey, username, "wrong", { baseUrl }).catch((error) => error);
  const name = isSignInError(refusal) && refusal.name;
  console.log(`${user.email.primary}, ${token.length}; ${name}, ${refusal.code}`);
})();
