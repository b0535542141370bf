// @ts-check
// One object for an app: who is signed in, told to everyone who asks, and the same in every tab.
import { withDeadline } from "./deadline.js";
import { attempt, errorOf, invalidArgument } from "./errors.js";
import { encode } from "./messages.js";
import { BASE_URL, checkOptions, isInherited } from "./options.js";
import { resume, Session, signIn, stateIn, stateOf } from "./session.js";
import { parseEntry, read, webStorage, whenDone } from "./store.js";
import { endEverywhere, endHere, listen } from "./tabs.js";

/**
 * @typedef {import("./exchange.js").Load} Load
 * @typedef {import("./index.js").Auth} Auth
 * @typedef {import("./index.js").AuthState} AuthState
 * @typedef {import("./options.js").Store} Store
 * @typedef {import("./store.js").Entry} Entry
 * @typedef {import("./tabs.js").SessionEnd} SessionEnd
 *
 * An `AuthState`, loosely: what its members are, whichever of them there are.
 * @typedef {{ status: AuthState["status"], session?: Session, user?: any, reason?: SessionEnd, error?: any }} State
 */

/**
 * How long a storage that has been emptied in another tab waits for that tab to say why. The storage's event and the
 * message come by different ways, and either may be the first.
 */
const REASON_MS = 250;

const AREAS = [undefined, "localStorage", "sessionStorage"];

const nothing = () => {};

/**
 * The applications of this page, by name; where it asked for one with `persist`, with its store. Two auths of one
 * application have one store, and so they send one request at the start.
 *
 * @type {Map<string, Store | undefined>}
 */
const applications = /* @__PURE__ */ new Map();

/** Lets all auths look at their stores. The window holds this as long as the page lives, so it holds no auth. */
const lookSoon = () =>
  void setTimeout(() => {
    for (const name of applications.keys()) endHere(name, "signed_out");
  }, REASON_MS);

/**
 * What an application is called in the storage and among the tabs: a number, which keeps the API key out of both.
 *
 * @param {string} text
 */
const nameOf = (text) => {
  let hash = 0;
  for (const byte of encode(text)) hash = (hash * 33 + byte) >>> 0;
  return `catalyze-signin:${hash}`;
};

/**
 * The state is decided anew by each sign-in, each end of a session, and each answer about what is in the store. Whatever
 * was asked before the last decision changes nothing any more.
 *
 * @param {Load} load
 * @param {any} options
 * @returns {Auth}
 */
export const createAuth = (load, options) => {
  const checked = checkOptions(options);
  // Without a key, `resume` would take any.
  const { apiKey = null, baseUrl = BASE_URL, timeoutMs, fetch } = checked;
  const persist = attempt(() => (isInherited(options, "persist") ? undefined : options.persist));
  let { invalid, store } = checked;
  if (!AREAS.includes(persist)) invalid ??= invalidArgument("persist", "must name a storage");
  const name = attempt(() => nameOf(`${apiKey} ${baseUrl} ${persist}`)) ?? "";
  if (invalid) store = undefined;
  else if (persist) {
    const source = webStorage(persist, name);
    store ??= applications.get(name) ?? { ...source, source };
  }
  const settings = { baseUrl, timeoutMs, fetch };
  const given = { ...settings, store: store?.source };

  /**
   * The last question about the session in the store, until it is answered or the state is decided otherwise.
   * @type {Promise<AuthState> | undefined}
   */
  let underWay;
  /**
   * The number of the session in the store that the state takes account of.
   * @type {string | undefined}
   */
  let seen;
  /** Whether the session is in the store. */
  let isStored = false;
  /** @type {Set<() => void>} */
  const listeners = new Set();
  /** @type {(state: any) => void} */
  let settleReady = nothing;
  /** @type {Promise<AuthState>} */
  const ready = new Promise((resolve) => (settleReady = resolve));

  /** Held by every method. The tabs hold it weakly, so it lives as long as any of the methods. */
  const self = {
    /** @type {State} */
    state: { status: store ? "resuming" : "signed_out" },

    /**
     * Told that something may have changed in the store.
     *
     * @param {SessionEnd} reason
     */
    end: (reason) =>
      look((entry) => {
        const { session } = self.state;
        if (entry) {
          if (entry.id !== seen && isMine(entry)) takeUp();
        } else if (session) {
          // A session that the store could not take lives on without it.
          if (isStored) stateIn(session).end(reason, true);
        } else if (seen) signedOut(reason);
      }),
  };

  /**
   * Looks at what is in the store, when the store is done with what came before. Without a store, it has failed.
   *
   * @param {(entry: Entry | undefined) => any} next
   * @param {() => any} [failed]
   */
  const look = (next, failed = nothing) =>
    whenDone(
      () => read(/** @type {Store} */ (store)),
      (text) => next(parseEntry(text)),
      failed,
    );

  /** @param {Entry} entry */
  const isMine = (entry) => entry.apiKey === apiKey && entry.baseUrl === baseUrl;

  /** @param {any} options */
  const callOf = (options) => {
    const call = checkOptions(options, settings);
    if (invalid ?? call.invalid) throw invalid ?? call.invalid;
    return call;
  };

  /** @param {() => void} listener */
  const tell = (listener) => {
    try {
      listener();
    } catch (error) {
      // The page learns of it as of an error in an event's listener, and the other listeners do not.
      queueMicrotask(() => {
        throw error;
      });
    }
  };

  /** @param {State} state */
  const change = (state) => {
    underWay = undefined;
    self.state = state;
    settleReady(state);
    for (const listener of [...listeners]) {
      // Where a listener has changed it again, all have been told of that.
      if (self.state === state && listeners.has(listener)) tell(listener);
    }
  };

  /** @param {SessionEnd} [reason] */
  const signedOut = (reason) => {
    if (self.state.status !== "signed_out") change({ status: "signed_out", ...(reason && { reason }) });
  };

  /**
   * Lets the other auths of this application look at the store.
   *
   * @param {SessionEnd} reason for those who find nothing there
   * @param {Session} [session] that has just been stored, or was to be
   */
  const announce = (reason, session) =>
    look((entry) => {
      // Where the store could not take it, what is there is an earlier one's, and no news.
      if (session && (!isStored || entry?.token === session.token)) seen = entry?.id;
      endEverywhere(name, reason);
    });

  /**
   * @param {Session} session
   * @param {boolean} stored
   */
  const hold = (session, stored) => {
    isStored = stored;
    if (session === self.state.session) return;
    session.addEventListener("ended", (/** @type {any} */ { detail: reason }) => {
      if (session !== self.state.session) return;
      signedOut(reason);
      announce(reason);
    });
    change({ status: "signed_in", session, user: session.user });
    // Another tab has ended it meanwhile.
    if (!session.token) signedOut("signed_out");
  };

  /**
   * Takes up the session that is in the store; or asks again about one that the store does not have.
   *
   * @param {Session} [unstored]
   */
  const takeUp = (unstored) => {
    const before = seen;
    const { session: held } = self.state;
    /** @type {() => Promise<any>} */
    const work = async () => {
      /** @type {any} */
      let failure;
      const session = await (
        unstored ? resume(load, apiKey, unstored.token, settings) : resume(load, { ...given, apiKey })
      ).catch((error) => void (failure = error));
      if (underWay !== mine) return underWay ?? self.state;
      underWay = undefined;
      const isHeld = held && (unstored || seen === before);
      if (session) {
        // The same session of the same user is no change.
        if (!isHeld || JSON.stringify(held.user) !== JSON.stringify(session.user)) hold(session, !unstored);
      } else if (failure.code === "signed_out" || (failure.code === "store_failed" && !held)) {
        if (held) stateIn(held).end(unstored ? "expired" : "signed_out");
        // With a status, it is the service that says so.
        else signedOut(failure.status && "expired");
        // A session that is alive as far as anybody knows is not given up because the service can't be asked.
      } else if (!isHeld) change({ status: "unknown", error: failure });
      return self.state;
    };
    if (!unstored) look((entry) => void (seen = entry?.id));
    const mine = (underWay = work());
    return mine;
  };

  if (store) {
    applications.set(name, persist && store);
    listen(name, self);
    // A page that comes back after a while may have missed the messages. Node has no window. The same listener counts
    // once, however often it is added.
    for (const type of ["storage", "visibilitychange"]) globalThis.addEventListener?.(type, lookSoon);
    takeUp();
  } else settleReady(self.state);

  return /** @type {any} */ ({
    get state() {
      return self.state;
    },
    ready,
    /** @param {(state: State) => void} listener */
    subscribe: (listener) => {
      // Another for each subscription, though the listener be the same.
      const own = () => listener(self.state);
      listeners.add(own);
      tell(own);
      return () => void listeners.delete(own);
    },
    /** @type {(username: unknown, password: unknown, options: unknown) => Promise<Session>} */
    signIn: async (username, password, options) => {
      const session = await signIn(load, apiKey, username, password, { ...given, ...callOf(options) });
      hold(session, !!store && !session.storeError);
      announce("signed_out", session);
      return session;
    },
    /** @param {unknown} options */
    signOut: async (options) => {
      const call = callOf(options);
      const { status, session } = self.state;
      if (session) return session.signOut(call);
      if (status === "signed_out") return { confirmed: true };
      signedOut("signed_out");
      // Whether what is in the store is alive is not known. It is signed out of all the same, and at once where the store
      // is synchronous, since the page may be closing.
      const signingOut = look(
        (entry) => {
          if (!entry || !isMine(entry)) return { confirmed: true };
          const opened = { ...entry, user: {} };
          const found = new Session({}, (session) => stateOf(load, { ...settings, store }, opened, session));
          // Each of the two, the store and the service, has half of the call's time.
          const result = found.signOut({ ...call, timeoutMs: call.timeoutMs / 2 });
          announce("signed_out");
          return result;
        },
        () => ({ confirmed: false, error: errorOf("store_failed") }),
      );
      return withDeadline(call, async () => signingOut).catch((error) => ({ confirmed: false, error }));
    },
    refresh: async () => {
      const { session } = self.state;
      return underWay ?? (session && !isStored ? takeUp(session) : store ? takeUp() : self.state);
    },
  });
};
