// For how long the event loop of this thread is held up.

/**
 * Looks each two milliseconds. Counted is the time in which this process computed
 * between two looks: not that in which the machine ran others.
 */
export function watched() {
  let most = 0, last, timer;
  const look = () => {
    const [wall, { user, system }] = [performance.now(), process.cpuUsage()];
    const cpu = (user + system) / 1000;
    if (last) most = Math.max(most, Math.min(wall - last.wall, cpu - last.cpu));
    last = { wall, cpu };
  };
  return {
    start() { last = undefined; timer = setInterval(look, 2); },
    stop() { look(); clearInterval(timer); },
    /** In milliseconds. */
    get most() { return most; },
  };
}
