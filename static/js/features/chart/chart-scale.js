const MIN_BAR = 3; // pixels: visible, and wide enough for the hatching
const MIN_TOP = 4; // a single event does not fill the chart
const MIN_HEIGHTS = [1, 2, 3, 3]; // minimum pixels of each verdict, so that one fault is visible
const ROUND = [1, 2, 3, 4, 5, 6, 8, 10];

// The spans of the chart in seconds, with the allowed bar widths and label intervals.
export const SPANS = {
  minutes: { span: 300, steps: [1, 2, 3, 5, 10], labels: [60, 120] },
  hour: { span: 3_600, steps: [60, 120, 300], labels: [600, 1_200] },
};

// Seconds per bar, chosen so that bars are wide enough.
export function stepFor({ span, steps }, width) {
  return steps.find((step) => (width * step) / span >= MIN_BAR) ?? steps.at(-1);
}

// The start of the first bar in seconds, if `now` (seconds) is in the last one.
export function startFor({ span }, step, now) {
  return Math.floor(now / step) * step - span + step;
}

// A round number, at least the highest bar.
export function topFor(highest) {
  const power = 10 ** Math.floor(Math.log10(Math.max(highest, 1)));
  const round = ROUND.find((n) => n * power >= highest) * power;
  return Math.max(MIN_TOP, round);
}

// The height of each verdict in whole pixels; a verdict with events is never 0.
export function heightsFor(counts, top, height) {
  const heights = counts.map((n, at) => n && Math.max(MIN_HEIGHTS[at], Math.round((n / top) * height)));
  const over = heights.reduce((sum, n) => sum + n, 0) - height;
  if (over > 0) heights[heights.indexOf(Math.max(...heights))] -= over;
  return heights;
}

// Left and right edge of a bar in whole pixels, with a gap to the next if there is space.
export function edgesFor(at, count, width) {
  const [left, right] = [at, at + 1].map((n) => Math.round((n * width) / count));
  return [left, right - left > MIN_BAR ? right - 1 : right];
}

// Seconds to label: every whole minute or ten minutes, away from the edges.
export function labelsFor({ span, labels }, start, width, room) {
  const every = labels.find((step) => (width * step) / span >= room * 1.5) ?? labels.at(-1);
  const first = Math.ceil(start / every) * every;
  const found = Array.from({ length: Math.ceil(span / every) }, (_, at) => first + at * every);
  const x = (second) => ((second - start) / span) * width;
  return found
    .map((second) => ({ second, x: x(second) }))
    .filter((label) => label.x >= room / 2 && label.x <= width - room / 2);
}
