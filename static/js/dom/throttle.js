// Throttle with a trailing call: runs at most once in `pause` milliseconds.
export function throttle(pause, run) {
  let timer = 0;
  let ranAt = -Infinity;
  return () => {
    timer ||= setTimeout(() => {
      timer = 0;
      ranAt = performance.now();
      run();
    }, Math.max(0, ranAt + pause - performance.now()));
  };
}
