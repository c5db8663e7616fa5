import assert from "node:assert/strict";
import test from "node:test";

import { barWords, rangeSummary, sumWords, topWords } from "../../../../static/js/features/chart/chart-labels.js";

const bar = (from, counts, step = 1) => ({
  from,
  step,
  counts,
  total: counts.reduce((all, n) => all + n, 0),
});

const RANGE = { from: Date.UTC(2026, 10, 21, 8, 0, 0), to: Date.UTC(2026, 10, 21, 8, 0, 5) };

const AT = RANGE.from / 1000;

process.env.TZ = "UTC";

test("a bar is described in words", () => {
  assert.equal(barWords(bar(AT, [10, 0, 2, 0])), "08:00:00: 12 events, 2 invalid");
  assert.equal(barWords(bar(AT, [0, 1, 0, 3])), "08:00:00: 4 events, 1 warning, 3 malformed");
  assert.equal(barWords(bar(AT, [1, 0, 0, 0])), "08:00:00: 1 event");
  assert.equal(barWords(bar(AT, [0, 0, 0, 0])), "08:00:00: no events");
  assert.equal(barWords(bar(AT, [1_200, 0, 0, 0], 60)), "08:00 to 08:01: 1,200 events");
  assert.equal(barWords(bar(AT, [2, 0, 0, 0]), true), "08:00:00: 2 matching events");
});

test("a range, and all bars, are described in words", () => {
  const bars = [bar(AT, [2, 0, 0, 0]), bar(AT + 4, [1, 0, 1, 1]), bar(AT + 5, [7, 0, 0, 0])];
  assert.equal(rangeSummary(RANGE, bars), "08:00:00 to 08:00:05: 5 events, 1 invalid, 1 malformed");
  assert.equal(sumWords(bars), "12 events, 2 with faults");
  assert.equal(sumWords(bars.slice(0, 1), true), "2 matches");
});

test("the height of the chart is described in words", () => {
  assert.deepEqual([[40, 1], [1_200, 60], [40, 3], [9, 120]].map(([n, step]) => topWords(n, step)), [
    "40/s",
    "1,200/min",
    "40 in 3 s",
    "9 in 2 min",
  ]);
});
