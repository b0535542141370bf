// How a sign-in ended, in plain values that a worker can post.

/**
 * Waits until `call()` settles and tells after how many milliseconds that was, and how.
 *
 * @param {() => Promise<{ user: object, token: unknown }>} call
 * @param {string} password what must not stand in an error
 */
export async function outcomeOf(call, password) {
  const started = performance.now();
  const elapsed = () => Math.round(performance.now() - started);
  try {
    const { user, token } = await call();
    return { ms: elapsed(), user: nameOf(user), hasToken: typeof token === "string" && token !== "" };
  } catch (thrown) {
    const ms = elapsed();
    const { name, message, code, retryable, retryAfterMs } = Object(thrown);
    return { ms, error: { name, message, code, retryable, retryAfterMs, leaks: placesOf(password, thrown) } };
  }
}

const nameOf = (user) => String(user?.username ?? user?.email?.primary ?? user?.usersId ?? "nobody");

/** Where `secret` stands in what was thrown: in a property, hidden ones included, in a cause, or in the JSON of it. */
function placesOf(secret, thrown) {
  const places = [];
  const seen = new Set();
  const search = (value, place) => {
    if (typeof value === "string" && value.includes(secret)) places.push(place);
    if (Object(value) !== value || seen.has(value)) return;
    seen.add(value);
    // In some browsers `stack` is inherited.
    for (const key of new Set(["message", "stack", ...Reflect.ownKeys(value)])) {
      search(
        attempt(() => value[key]),
        place ? `${place}.${String(key)}` : String(key),
      );
    }
  };
  search(thrown, "");
  search(
    attempt(() => JSON.stringify(thrown)),
    "JSON",
  );
  return places;
}

function attempt(work) {
  try {
    return work();
  } catch {
    return undefined;
  }
}
