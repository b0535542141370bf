// @ts-check
// `createAuth`: one object for an app, which holds the session, notifies subscribers and keeps the tabs in agreement.
import { withDeadline } from "./deadline.js";
import { attempt, errorOf, invalidArgument, nothing } from "./errors.js";
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
 * An `AuthState` as one type instead of a union, so that any of its members can be read.
 * @typedef {{ status: AuthState["status"], session?: Session, user?: any, reason?: SessionEnd, error?: any }} State
 */

/**
 * How long to wait after a storage event before the store is read. The tab that emptied the store also sends a message
 * that says why, and the event may arrive before that message.
 */
const REASON_MS = 250;

const AREAS = [undefined, "localStorage", "sessionStorage"];

/**
 * The applications of this page by name, each with the store that `persist` gave it, if any. Two auths of one
 * application share that store, so they send one request at the start.
 *
 * @type {Map<string, Store | undefined>}
 */
const applications = /* @__PURE__ */ new Map();

/**
 * Makes all auths read their stores. The window keeps this listener for ever, so the listener must not hold an auth.
 */
const readStoresSoon = () =>
  void setTimeout(() => {
    for (const name of applications.keys()) endHere(name, "signed_out");
  }, REASON_MS);

/**
 * The name of an application in the storage and in messages between tabs: a hash, so that neither holds the API key.
 *
 * @param {string} text
 */
const nameOf = (text) => {
  let hash = 0;
  for (const byte of encode(text)) hash = (hash * 33 + byte) >>> 0;
  return `catalyze-signin:${hash}`;
};

/**
 * Each sign-in, each end of a session and each answer about the stored session decides the state anew. The answer to a
 * question that was asked before the last decision is ignored.
 *
 * @param {Load} load
 * @param {any} options
 * @returns {Auth}
 */
export const createAuth = (load, options) => {
  const checked = checkOptions(options);
  // `resume` rejects `null`; without the option, it would take a session of any key.
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
   * The request about the session that is in progress, until it is answered or something else decides the state.
   * @type {Promise<AuthState> | undefined}
   */
  let pending;
  /**
   * The id of the stored session that the state already reflects.
   * @type {string | undefined}
   */
  let seen;
  /**
   * The id in the store of the session that the state has, or had last.
   * @type {string | undefined}
   */
  let heldId;
  /** Whether the store has the session of the state. */
  let isStored = false;
  /** @type {Set<() => void>} */
  const listeners = new Set();
  /** @type {(state: any) => void} */
  let settleReady = nothing;
  /** @type {Promise<AuthState>} */
  const ready = new Promise((resolve) => (settleReady = resolve));

  /** js/tabs.js holds this object weakly, and every method holds it too: it lives as long as any of the methods. */
  const self = {
    /** @type {State} */
    state: { status: store ? "resuming" : "signed_out" },

    /**
     * Called when the store may have changed.
     *
     * @param {SessionEnd} reason
     */
    end: (reason) =>
      readStore((entry) => {
        const { session } = self.state;
        if (entry) {
          if (entry.id !== seen && isMine(entry)) resumeSession();
        } else if (session) {
          // A session that the store could not keep goes on without the store.
          if (isStored) stateIn(session).end(reason, true);
        } else if (seen) signedOut(reason);
      }),
  };

  /**
   * Reads the store when its earlier operations are done. Calls `failed` if the store fails or there is none.
   *
   * @param {(entry: Entry | undefined) => any} next
   * @param {() => any} [failed]
   */
  const readStore = (next, failed = nothing) =>
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
  const notify = (listener) => {
    try {
      listener();
    } catch (error) {
      // The page sees an uncaught error, as from an event listener. The other listeners still run.
      queueMicrotask(() => {
        throw error;
      });
    }
  };

  /**
   * Ignores the answer to the request in progress, so the state will not reflect the session that was asked about:
   * should the store still have that session later, it has not been seen.
   */
  const ignoreAnswer = () => {
    if (pending) seen = heldId;
    pending = undefined;
  };

  /** @param {State} state */
  const change = (state) => {
    ignoreAnswer();
    self.state = state;
    settleReady(state);
    for (const listener of [...listeners]) {
      // If a listener has changed the state again, all listeners have already been called with the newer state.
      if (self.state === state && listeners.has(listener)) notify(listener);
    }
  };

  /** @param {SessionEnd} [reason] */
  const signedOut = (reason) => {
    ignoreAnswer();
    if (self.state.status !== "signed_out") change({ status: "signed_out", ...(reason && { reason }) });
  };

  /**
   * Makes the other auths of this application read the store.
   *
   * @param {SessionEnd} reason for auths that find the store empty
   * @param {Session} [session] the session that was just stored, or that the store failed to keep
   */
  const announce = (reason, session) =>
    readStore((entry) => {
      // If the store failed to keep the session, it can only hold an earlier one, which must not be resumed.
      if (session && (!isStored || entry?.token === session.token)) heldId = seen = entry?.id;
      // Another auth has signed in meanwhile. If this one was resuming that session, the answer is ignored by now.
      else if (entry && isStored && entry.id !== heldId && isMine(entry)) resumeSession();
      endEverywhere(name, reason);
    });

  /**
   * Makes `session` the session of the state.
   *
   * @param {Session} session
   * @param {boolean} stored
   * @param {string} [id] its id in the store, if it is known yet
   */
  const adopt = (session, stored, id) => {
    isStored = stored;
    heldId = id;
    if (session === self.state.session) return;
    session.addEventListener("ended", (/** @type {any} */ { detail: reason }) => {
      if (session !== self.state.session) return;
      signedOut(reason);
      announce(reason);
    });
    change({ status: "signed_in", session, user: session.user });
    // Another tab may have ended the session meanwhile.
    if (!session.token) signedOut("signed_out");
  };

  /**
   * Resumes the stored session, or checks `unstored`.
   *
   * @param {Session} [unstored] a session that the store does not have
   */
  const resumeSession = (unstored) => {
    const { session: held } = self.state;
    /** @type {() => Promise<any>} */
    const work = async () => {
      /** @type {any} */
      let failure;
      const session = await (
        unstored ? resume(load, apiKey, unstored.token, settings) : resume(load, { ...given, apiKey })
      ).catch((error) => void (failure = error));
      if (pending !== mine) return pending ?? self.state;
      pending = undefined;
      const isHeld = held && (unstored || seen === heldId);
      if (session) {
        // The same session of the same user is no change.
        if (!isHeld || JSON.stringify(held.user) !== JSON.stringify(session.user)) adopt(session, !unstored, seen);
      } else if (failure.code === "signed_out" || (failure.code === "store_failed" && !held)) {
        if (held) stateIn(held).end(unstored ? "expired" : "signed_out");
        // With a status, the error is the service's answer. Without one, the store is empty.
        else signedOut(failure.status && "expired");
        // If the service can't be asked, the session of the state stays: it may well be alive.
      } else if (!isHeld) change({ status: "unknown", error: failure });
      return self.state;
    };
    const mine = (pending = work());
    if (!unstored) readStore((entry) => void (pending === mine && (seen = entry?.id)));
    return mine;
  };

  if (store) {
    applications.set(name, persist && store);
    listen(name, self);
    // A page that was hidden for a while may have missed messages, so it reads the store when it is visible again. Node
    // has no window. A second auth adds the same listener, which changes nothing.
    for (const type of ["storage", "visibilitychange"]) globalThis.addEventListener?.(type, readStoresSoon);
    resumeSession();
  } else settleReady(self.state);

  return /** @type {any} */ ({
    get state() {
      return self.state;
    },
    ready,
    /** @param {(state: State) => void} listener */
    subscribe: (listener) => {
      // A new function for each subscription, since the same listener may subscribe twice.
      const own = () => listener(self.state);
      listeners.add(own);
      notify(own);
      return () => void listeners.delete(own);
    },
    /** @type {(username: unknown, password: unknown, options: unknown) => Promise<Session>} */
    signIn: async (username, password, options) => {
      const session = await signIn(load, apiKey, username, password, { ...given, ...callOf(options) });
      adopt(session, !!store && !session.storeError);
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
      // The stored session may be alive or not: it is signed out either way. If the store is synchronous, this happens
      // at once, since the page may be closing.
      const signingOut = readStore(
        (entry) => {
          if (!entry || !isMine(entry)) return { confirmed: true };
          const found = new Session({}, (session) => stateOf(load, { ...settings, store }, entry, session));
          // The store gets half of the call's time, and the service the other half.
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
      return pending ?? (session && !isStored ? resumeSession(session) : store ? resumeSession() : self.state);
    },
  });
};
