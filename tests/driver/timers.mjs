// The platform's own timers, for the runners. The package under test gets watched ones.
export const { setTimeout: startTimer, clearTimeout: endTimer } = globalThis;

/** One turn of the event loop. */
export const nextTurn = () => new Promise((resolve) => startTimer(resolve));

/**
 * Lets every timer fire that is due by now. One turn is not enough: Node runs all due timers of one duration in a row,
 * so one of them may overtake timers of another duration.
 */
export async function letDueTimersFire() {
  await nextTurn();
  await nextTurn();
}
