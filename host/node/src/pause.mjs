// How a call in this thread waits: for news of its exchanges, or for a time. And
// how it lets others of this thread go first, so that no call holds them up.

/** How long a call may hold up the thread, in milliseconds. */
const PATIENCE = 15;

/** `platform` has `timer` where there are timers, `sleep` and `breathe`. */
export function pauses({ timer, sleep, breathe }) {
  let wake, cancel;
  let since = performance.now();
  const rested = () => { since = performance.now(); };

  function pause(until, alone) {
    const left = until - performance.now();
    if (alone && !timer) return sleep(Math.max(0, left));
    return new Promise((resolve) => {
      wake = resolve;
      // A timer may strike a fraction of a millisecond early.
      cancel = left < Infinity ? timer?.(Math.max(0, left) + 1, resolve) : undefined;
    });
  }
  pause.due = () => performance.now() - since > PATIENCE;
  pause.breathe = () => breathe().then(rested);
  /** Nothing is waited for any more. */
  pause.end = () => cancel?.();
  /** There is news of an exchange. */
  pause.news = () => {
    cancel?.();
    wake?.();
  };
  return pause;
}
