import { formatCount, pluralize } from "../../core/text/format-count.js";
import { formatClock } from "../../core/text/format-time.js";
import { VERDICTS } from "./counts-per-second.js";

const FAULTS = [2, 3];

// "14:03:22", or "14:03" for whole minutes.
export function chartTime(ms, step = 1) {
  return formatClock(ms).slice(0, step < 60 ? 8 : 5);
}

export function rangeWords({ from, to }) {
  const isMinutes = from % 60_000 === 0 && to % 60_000 === 0;
  const step = isMinutes ? 60 : 1;
  const [first, last] = [chartTime(from, step), chartTime(to, step)];
  return to - from === 1_000 ? first : `${first} to ${last}`;
}

function kindsOf(counts) {
  const words = [null, counts[1] === 1 ? "warning" : "warnings", ...VERDICTS.slice(2)];
  return words.map((word, at) => word && counts[at] && `${formatCount(counts[at])} ${word}`).filter(Boolean);
}

// "14:03:22: 12 events, 2 invalid"
export function barWords({ from, step, counts, total }, isFiltered) {
  const when = step === 1 ? chartTime(from * 1000) : rangeWords({ from: from * 1000, to: (from + step) * 1000 });
  const what = isFiltered ? "matching event" : "event";
  const events = total ? pluralize(total, what) : `no ${what}s`;
  return `${when}: ${[events, ...kindsOf(counts)].join(", ")}`;
}

// "1,204 events, 12 with faults"
export function sumWords(bars, isFiltered) {
  const sum = (numbers) => numbers.reduce((all, n) => all + n, 0);
  const total = sum(bars.map((bar) => bar.total));
  const faults = sum(bars.flatMap((bar) => FAULTS.map((at) => bar.counts[at])));
  const events = pluralize(total, isFiltered ? "match" : "event", isFiltered ? "matches" : "events");
  return faults ? `${events}, ${formatCount(faults)} with faults` : events;
}

// The value of the highest gridline: "40/s", "1,200/min", "40 in 3 s".
export function topWords(top, step) {
  const unit = step < 60 ? "s" : "min";
  const n = step < 60 ? step : step / 60;
  return n === 1 ? `${formatCount(top)}/${unit}` : `${formatCount(top)} in ${n} ${unit}`;
}

// "14:03:22 to 14:03:40: 120 events, 2 invalid", for the bars in the range.
export function rangeSummary({ from, to }, bars, isFiltered) {
  const within = bars.filter((bar) => bar.from * 1000 >= from && bar.from * 1000 < to);
  const sum = (at) => within.reduce((all, { counts }) => all + counts[at], 0);
  const counts = VERDICTS.map((_, at) => sum(at));
  const total = counts.reduce((all, n) => all + n, 0);
  return barWords({ from: from / 1000, step: (to - from) / 1000, counts, total }, isFiltered);
}
