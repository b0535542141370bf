// @ts-check
// How the tabs of an origin tell each other that a session has ended. They name it by its id in the store, never by its
// token.
import { attempt } from "./errors.js";
import { collected, weakly } from "./memory.js";

/**
 * @typedef {"signed_out" | "expired"} SessionEnd
 * @typedef {{ end(reason: SessionEnd, isKnown: boolean): unknown }} Member a session, under its id; or an auth, under
 *   the name of its application, whose `end` reads its store. `isKnown` says whether the other tabs know of the end
 *   already.
 */

/**
 * The members of this page, by id. They are held weakly, so that a session that nobody else holds is collected.
 *
 * @type {Map<string, Set<{ deref(): Member | undefined }>>}
 */
const members = new Map();

/** @type {BroadcastChannel | undefined} */
let channel;

const open = () =>
  attempt(() => {
    const opened = new BroadcastChannel("catalyze-signin");
    // An open channel would keep Node from exiting. This comes before `onmessage`, which may throw.
    /** @type {any} */ (opened).unref?.();
    opened.onmessage = ({ data }) => endHere(data?.id, data?.reason === "expired" ? "expired" : "signed_out");
    return opened;
  });

/**
 * Calls `end` of the members `id` of this page.
 *
 * @param {string} id
 * @param {SessionEnd} reason
 */
export const endHere = (id, reason) => {
  for (const member of [...(members.get(id) ?? [])]) member.deref()?.end(reason, true);
};

/** Without members there is nothing to listen for. */
const closeIfUnused = () => {
  if (members.size) return;
  attempt(() => channel?.close());
  channel = undefined;
};

/**
 * Calls `end` of `member` when the session `id` ends in another tab, or elsewhere in this page.
 *
 * @param {string} id
 * @param {Member} member
 * @returns {() => void} stops this
 */
export const listen = (id, member) => {
  const group = members.get(id) ?? new Set();
  const weak = weakly(member);
  members.set(id, group.add(weak));
  channel ??= open();
  const leave = () => {
    group.delete(weak);
    if (!group.size && members.get(id) === group) members.delete(id);
    closeIfUnused();
  };
  collected?.register(member, leave, weak);
  return () => {
    collected?.unregister(weak);
    leave();
  };
};

/**
 * Ends the session `id` in this page and in the other tabs. A failure of the channel stops nothing else.
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
