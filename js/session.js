// @ts-check
// The session that a caller holds, and the two ways to get one.
import { withDeadline } from "./deadline.js";
import { attempt, errorOf, invalidArgument, nothing } from "./errors.js";
import { exchange } from "./exchange.js";
import { checkFetch, follow, mergedInit, urlOfRequest } from "./fetch.js";
import { decode, messageOf } from "./messages.js";
import { BASE_URL, baseUrlOf, checkOptions, hrefOf } from "./options.js";
import { parseEntry, read, remember, remove, whenDone } from "./store.js";
import { endEverywhere } from "./tabs.js";

/**
 * @typedef {import("./deadline.js").Call} Call
 * @typedef {import("./exchange.js").Load} Load
 * @typedef {import("./tabs.js").SessionEnd} SessionEnd
 * @typedef {ReturnType<typeof stateOf>} State
 * @typedef {Omit<import("./types.js").Session, "addEventListener" | typeof Symbol.asyncDispose>} Published the type
 *   that callers see, without two members: `EventTarget` does not know the event `ended`, and not every platform has
 *   the symbol
 * @typedef {import("./types.js").CallOptions} CallOptions
 * @typedef {import("./types.js").SignOutResult} SignOutResult
 */

/** @type {unique symbol} */
export const STATE = Symbol("state");

/**
 * @param {any} session
 * @returns {State}
 */
export const stateIn = (session) => session[STATE]();

// Read when `EventTarget` is read below, so that the two fit: a test environment can replace both later. React Native has
// neither `EventTarget` nor WebAssembly. The import must not throw there, so that a call can say what is missing.
const EndedEvent = globalThis.CustomEvent ?? globalThis.Event;

/**
 * The session that callers hold. Its methods are closures, so they work without `this`. It has no private fields, so it
 * works behind a proxy.
 *
 * @implements {Published}
 */
export class Session extends /** @type {typeof EventTarget} */ (globalThis.EventTarget ?? Object) {
  // Minifiers rename classes; logs should still say `Session`. Not a static field: some compilers turn it into an
  // assignment, and the `name` of a class is read-only.
  static get name() {
    return "Session";
  }

  /**
   * @param {any} user
   * @param {(session: Session) => State} begin
   */
  constructor(user, begin) {
    super();
    this.user = user;
    /** @type {State | undefined} */
    let state;
    // The state is made when it is first used: many callers need only `user`.
    const value = () => (state ??= begin(this));
    // Not enumerable, so that logs do not show it. Not a class field, because compilers disagree on fields with a
    // computed name. Configurable, because otherwise a proxy would have to return exactly this value.
    Object.defineProperty(this, STATE, /** @type {any} */ ({ __proto__: null, value, configurable: true }));
  }

  // On the prototype, so that JSON, spreads and logs of a session do not hold the token.
  get token() {
    return stateIn(this).token();
  }

  get storeError() {
    return stateIn(this).storeError();
  }

  get fetch() {
    return stateIn(this).fetch;
  }

  get verify() {
    return stateIn(this).verify;
  }

  get signOut() {
    return stateIn(this).signOut;
  }

  // Node 20 and current browsers have the symbol. Without it, `await using` does not exist, so nobody needs the method.
  async [Symbol.asyncDispose ?? Symbol()]() {
    await this.signOut();
  }

  // Vue's `ref()` makes a proxy of every object whose tag is `Object`, so a session has another tag.
  get [Symbol.toStringTag]() {
    return "Session";
  }
}

/**
 * @typedef {object} Opened what a session is made from
 * @property {string} [usersId] the user who signed in, even if `session.user` is changed
 * @property {string} token
 * @property {string} apiKey
 * @property {string} baseUrl
 * @property {string} [id] if the store has the session already
 */

/**
 * The state of a session, and what its methods do.
 *
 * @param {Load} load
 * @param {import("./options.js").Options} settings those of the call that opens the session
 * @param {Opened} opened
 * @param {Session} session
 */
export const stateOf = (load, { timeoutMs, fetch, store }, opened, session) => {
  const { apiKey, baseUrl, usersId } = opened;
  const settings = { timeoutMs, fetch };
  let { token } = opened;
  /** @type {import("./types.js").SignInError | undefined} */
  let storeError;
  /** @type {ReturnType<typeof remember> | undefined} */
  let memory;

  const storeFailed = () => void (storeError ??= errorOf("store_failed"));

  /**
   * Ends the session: forgets the token first, at once. Returns a promise if the store needs time to forget it.
   *
   * @param {SessionEnd} reason
   * @param {boolean} [isKnown] whether the other tabs know already
   * @param {() => void} [failed] called if the store fails
   */
  const end = (reason, isKnown = false, failed = storeFailed) => {
    if (!token) return undefined;
    token = "";
    const forgotten = memory?.forget(reason, isKnown, failed);
    // The service still has to be told, even if the platform's events throw.
    const detail = /** @type {any} */ ({ __proto__: null, value: reason });
    attempt(() => session.dispatchEvent(Object.defineProperty(new EndedEvent("ended"), "detail", detail)));
    return forgotten;
  };

  /**
   * @param {string} operation
   * @param {Record<string, unknown>} [more]
   */
  const taskOf = (operation, more) => {
    if (!token) throw errorOf("signed_out");
    return { operation, baseUrl, apiKey, token, ...more };
  };

  const state = {
    token: () => token,
    storeError: () => storeError,
    storeFailed,
    end,

    /** A promise if the store needs time to keep the session. */
    stored: () => memory?.stored,

    /**
     * @param {any} input
     * @param {any} [init]
     */
    fetch: (input, init) => {
      const members = attempt(() => checkFetch(input, init));
      const requestUrl = urlOfRequest(input);
      return withDeadline(checkOptions({ signal: members?.signal ?? undefined }, settings), async (call) => {
        const task = taskOf("fetch", { input: requestUrl ?? hrefOf(input) ?? input });
        if (!members) {
          // Only a `Request` is asked: another object may throw.
          const argument = requestUrl && input.bodyUsed ? "input" : "init";
          call.invalid = invalidArgument(argument, "must be what a request can be made of");
        }
        /** @type {(response: any) => void} */
        let begun = nothing;
        return exchange(
          load,
          call,
          task,
          ({ reply, response }) => {
            if (reply.step === "pass_on_and_expire") end("expired");
            begun(response);
            return response;
          },
          (reply, controller) => {
            const followed = follow(controller, members?.signal, call, input);
            begun = followed.begun;
            return [requestUrl ? input : reply.url, mergedInit(members, reply.headers, followed.signal)];
          },
        );
      });
    },

    /** @param {CallOptions} [options] */
    verify: (options) =>
      withDeadline(checkOptions(options, settings), async (call) =>
        exchange(load, call, taskOf("verify", { usersId }), ({ reply }) => {
          if (reply.step !== "alive") end("expired");
          // The user has signed out meanwhile.
          else if (!token) throw errorOf("signed_out");
          return reply.step === "alive";
        }),
      ),

    /**
     * @param {CallOptions} [options]
     * @returns {Promise<SignOutResult>}
     */
    signOut: async (options) => {
      const checked = checkOptions(options, settings);
      if (checked.invalid) throw checked.invalid;
      if (!token) return { confirmed: true };
      const task = taskOf("sign_out");
      /** @type {typeof storeError} */
      let removalError;
      const failed = () => void (removalError ??= errorOf("store_failed"));
      const forgotten = end("signed_out", false, failed);
      try {
        await withDeadline(checked, async (call) => {
          if (forgotten) await inHalf(call, forgotten, failed);
          return exchange(load, call, task, nothing);
        });
        // Each failure of the store is reported once.
        return removalError && !storeError ? { confirmed: true, error: removalError } : { confirmed: true };
      } catch (error) {
        storeError ??= removalError;
        return { confirmed: false, error: /** @type {any} */ (error) };
      }
    },
  };
  if (store) memory = remember(store, opened, state, storeFailed);
  return state;
};

/**
 * Waits for the store, but no longer than half of the call's time: a store that hangs must not keep the service from
 * being told.
 *
 * @param {Call} call
 * @param {Promise<unknown>} work
 * @param {() => void} failed
 */
const inHalf = ({ timeoutMs, cleanups }, work, failed) =>
  new Promise((resolve) => {
    const late = () => {
      failed();
      resolve(undefined);
    };
    const timer = setTimeout(late, timeoutMs / 2);
    cleanups.push(() => clearTimeout(timer));
    work.then(resolve, late);
  });

/**
 * Runs `work`, which signs in or resumes, and waits for the store. Once there is a session, the call resolves with it,
 * even if the store hangs or the caller aborts.
 *
 * @param {any} options
 * @param {(call: Call) => Promise<Session>} work
 */
const enter = (options, work) =>
  withDeadline(checkOptions(options), async (call) => {
    const session = await work(call);
    // The call has settled already.
    if (!session) return session;
    if (!call.store) return session;
    const state = stateIn(session);
    call.onGiveUp = (error) => {
      if (error.code === "timeout") state.storeFailed();
      return session;
    };
    await state.stored();
    return session;
  });

/**
 * Carries out `task`, and opens the session of the user whom its last answer describes.
 *
 * @param {Load} load
 * @param {Call} call
 * @param {{ operation: string, baseUrl: string, apiKey: any, token?: any } & Record<string, unknown>} task
 * @param {string} [id] if the store has the session already
 */
const open = (load, call, task, id) =>
  exchange(load, call, task, ({ reply: { token = task.token }, body }) => {
    const user = JSON.parse(decode(body));
    delete user.sessionToken;
    const { usersId } = user;
    const { apiKey, baseUrl } = task;
    return new Session(user, (session) => stateOf(load, call, { usersId, token, apiKey, baseUrl, id }, session));
  });

/**
 * @param {Load} load
 * @param {unknown} apiKey
 * @param {unknown} username
 * @param {unknown} password
 * @param {unknown} options
 */
export const signIn = (load, apiKey, username, password, options) =>
  enter(options, async (call) => {
    const { baseUrl = BASE_URL } = call;
    return open(load, call, { operation: "sign_in", baseUrl, apiKey, username, password });
  });

/**
 * @param {Load} load
 * @param {unknown} apiKey the key, or the options
 * @param {unknown} [token]
 * @param {unknown} [options]
 */
export const resume = (load, apiKey, token, options) =>
  typeof apiKey === "object" && apiKey
    ? enter(apiKey, (call) => resumeStored(load, call))
    : enter(options, async (call) => {
        const { baseUrl = BASE_URL } = call;
        return open(load, call, { operation: "resume", baseUrl, apiKey, token });
      });

/**
 * @param {Load} load
 * @param {Call} call
 */
const resumeStored = async (load, call) => {
  const { store, baseUrl, apiKey, invalid } = call;
  if (invalid) throw invalid;
  if (!store) throw invalidArgument("store", "must be given, where no API key and no token are");
  // Bad arguments are rejected whatever is in the store.
  const checked = { operation: "verify", baseUrl: baseUrl ?? BASE_URL, apiKey: apiKey ?? "any", token: "any" };
  (await load(call)).request(messageOf(checked));
  const fail = () => {
    throw errorOf("store_failed");
  };
  const text = await whenDone(
    () => read(store),
    (text) => text,
    fail,
  );
  // An empty store may return either.
  if (text === null || text === undefined) throw errorOf("signed_out");
  const entry = parseEntry(text) ?? fail();
  const { id, token } = entry;
  const task = { operation: "resume", baseUrl: baseUrlOf(entry.baseUrl) ?? "", apiKey: entry.apiKey, token };
  // A session of another service or another application is not resumed: its token must not go elsewhere.
  const isOther = (baseUrl ?? task.baseUrl) !== task.baseUrl || (apiKey ?? task.apiKey) !== task.apiKey;
  if (isOther) throw errorOf("signed_out");
  try {
    return await open(load, call, task, id);
  } catch (/** @type {any} */ error) {
    if (error.code === "signed_out") {
      remove(store, id, nothing);
      endEverywhere(id, "expired");
    }
    throw error.code === "invalid_argument" ? errorOf("store_failed") : error;
  }
};
