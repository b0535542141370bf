// @ts-check
// How the tabs of an origin tell each other that a session has ended: by its number in the store, never by its token.
import { attempt } from "./errors.js";

/**
 * @typedef {"signed_out" | "expired"} SessionEnd
 * @typedef {{ end(reason: SessionEnd, isKnown: boolean): unknown }} Member a session; `isKnown` says that the other tabs
 *   know of its end. Or an auth, under the name of its application: it looks at what is in its store.
 */

/**
 * The sessions of this page, by number. A session that nobody holds any more is not kept here.
 *
 * @type {Map<string, Set<{ deref(): Member | undefined }>>}
 */
const sessions = new Map();

/** @type {BroadcastChannel | undefined} */
let channel;

const open = () =>
  attempt(() => {
    const opened = new BroadcastChannel("catalyze-signin");
    opened.onmessage = ({ data }) => {
      if (typeof data?.id === "string") endHere(data.id, data.reason === "expired" ? "expired" : "signed_out");
    };
    // Node would not end while it is open.
    /** @type {any} */ (opened).unref?.();
    return opened;
  });

/**
 * Ends the session `id` in this page.
 *
 * @param {string} id
 * @param {SessionEnd} reason
 */
export const endHere = (id, reason) => {
  for (const session of [...(sessions.get(id) ?? [])]) session.deref()?.end(reason, true);
};

/** Without sessions there is nothing to listen for. */
const closeIfUnused = () => {
  if (sessions.size) return;
  attempt(() => channel?.close());
  channel = undefined;
};

/**
 * What does not keep a session alive. Apart from `listen`, whose closures would share their scope with this one.
 *
 * @param {Member} session
 * @returns {{ deref(): Member | undefined }}
 */
const weakly = (session) => (typeof WeakRef === "function" ? new WeakRef(session) : { deref: () => session });

/** Forgets sessions that have been collected. workerd has neither of the two classes before 2024. */
const collected =
  typeof FinalizationRegistry === "function"
    ? new FinalizationRegistry((/** @type {() => void} */ leave) => leave())
    : undefined;

/**
 * Lets a session hear of its end in another tab, or from another session of this page.
 *
 * @param {string} id
 * @param {Member} session
 * @returns {() => void} lets it hear no more
 */
export const listen = (id, session) => {
  const group = sessions.get(id) ?? new Set();
  const member = weakly(session);
  sessions.set(id, group.add(member));
  channel ??= open();
  const leave = () => {
    group.delete(member);
    if (!group.size && sessions.get(id) === group) sessions.delete(id);
    closeIfUnused();
  };
  collected?.register(session, leave, member);
  return () => {
    collected?.unregister(member);
    leave();
  };
};

/**
 * Ends the session `id` wherever it is. Whatever stands in the way of that stands in nobody else's.
 *
 * @param {string} id
 * @param {SessionEnd} reason
 */
export const endEverywhere = (id, reason) => {
  endHere(id, reason);
  attempt(() => {
    const sender = channel ?? open();
    sender?.postMessage({ id, reason });
    if (sender !== channel) sender?.close();
  });
};
