import assert from "node:assert/strict";
import test from "node:test";

import { CountsPerSecond } from "../../../../static/js/features/chart/counts-per-second.js";

test("current counts of a second replace older ones, whichever arrive last", () => {
  const counts = new CountsPerSecond();
  counts.put([[100, 1, 0, 0, 0]]);
  counts.put([[100, 5, 1, 0, 2]]);
  counts.put([[100, 3, 1, 0, 0]]);
  assert.deepEqual(counts.bars(100, 1, 1)[0].counts, [5, 1, 0, 2]);
});

test("increments are added up", () => {
  const counts = new CountsPerSecond();
  counts.put([[100, 1, 0, 0, 0]]);
  counts.add([[100, 1, 0, 2, 0], [101, 0, 0, 0, 1]]);
  const bars = counts.bars(100, 1, 2);
  assert.deepEqual(bars.map((one) => one.counts), [[2, 0, 2, 0], [0, 0, 0, 1]]);
  assert.deepEqual(bars.map((one) => one.total), [4, 1]);
});

test("a bar sums the seconds within its range", () => {
  const counts = new CountsPerSecond();
  counts.put([59, 60, 61, 119, 120, 180].map((second) => [second, 1, 0, 0, 0]));
  assert.deepEqual(counts.bars(60, 60, 2).map((one) => one.total), [3, 1]);
});

test("counts older than about an hour are dropped", () => {
  const counts = new CountsPerSecond();
  for (let second = 0; second < 20_000; second++) counts.put([[second, 1, 0, 0, 0]]);
  const kept = counts.bars(0, 20_000, 1)[0].total;
  assert.ok(kept <= 4_200 && kept >= 3_600);
});
