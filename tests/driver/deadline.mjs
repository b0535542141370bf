// Checks whether a call keeps its deadline, by the order of events and never by a clock.
//
// The timers of one event loop fire in the order in which they are due, however busy the machine is. So two guards are
// started beside the call's own timer: one that is due a little before the deadline, one that is due when the call must
// have settled. A call that gives up before the first, or is still pending after the second, has broken its promise.
import { endTimer, letDueTimersFire, startTimer } from "./timers.mjs";

/** How long after its deadline a call may settle: 4.1 of docs/promises.md. */
export const GRACE_MS = 250;

/** How long before the deadline the early guard is due: browsers round timers, and fire some of them together. */
const EARLY_MS = 25;

/**
 * Must be called right before the call begins, and `callHasBegun` right after.
 *
 * @param {number} timeoutMs the call's deadline
 */
export function guardDeadline(timeoutMs) {
  let deadlineIsNear = timeoutMs <= EARLY_MS;
  let settled = false;
  let overdue = false;
  let late;
  const early = deadlineIsNear ? undefined : startTimer(() => (deadlineIsNear = true), timeoutMs - EARLY_MS);
  return {
    callHasBegun() {
      late = startTimer(async () => {
        await letDueTimersFire();
        overdue ||= !settled;
      }, timeoutMs + GRACE_MS);
    },
    /** Must be called at the moment when the call settles. */
    callHasSettled() {
      settled = true;
      endTimer(late);
    },
    /** What is wrong with the time at which the call has settled. */
    async faults({ timedOut }) {
      if (timedOut && !deadlineIsNear) await letDueTimersFire();
      endTimer(early);
      const faults = [];
      if (overdue) faults.push(`the call settled later than a timer of its deadline and ${GRACE_MS} ms`);
      if (timedOut && !deadlineIsNear) faults.push(`the deadline came before a timer of ${EARLY_MS} ms less`);
      return faults;
    },
  };
}
