const FRAME = 16; // milliseconds

// Coalesces requests into one paint per frame, and none while the tab is hidden. The first request
// after an idle frame paints in a microtask, so that the next frame already shows it.
export function frameScheduler(paint) {
  let isAsked = false;
  let paintedAt = -Infinity;
  function run() {
    isAsked = false;
    paintedAt = performance.now();
    paint();
  }
  return () => {
    if (isAsked) return;
    isAsked = true;
    if (document.hidden || performance.now() - paintedAt < FRAME) requestAnimationFrame(run);
    else queueMicrotask(run);
  };
}
