const FRAME = 16; // milliseconds

// Gathers any number of wishes into one paint per frame; a hidden tab does not paint. The first wish in
// a while is done at once: what the next frame shows is ready when it begins.
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
