// Gathers any number of wishes into one paint per frame; a hidden tab does not paint.
export function painter(paint) {
  let asked = 0;
  return () => {
    asked ||= requestAnimationFrame(() => {
      asked = 0;
      paint();
    });
  };
}
