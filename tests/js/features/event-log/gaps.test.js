import assert from "node:assert/strict";
import test from "node:test";

import { Gaps } from "../../../../static/js/features/event-log/gaps.js";

const some = (count) => Array.from({ length: count }, (_, seq) => ({ seq, verdict: "valid", name: "x" }));

const sketchOf = (gaps) => gaps.all.map(({ from, to, count }) => [from, to, count]);

function gapsOf(isFiltered, ...opened) {
  const gaps = new Gaps(isFiltered);
  opened.forEach((each) => gaps.open(...each));
  return gaps;
}

test("gaps are in order, and an empty range is no gap", () => {
  assert.deepEqual(sketchOf(gapsOf(true, [8, 9, 1], [1, 2, 1], [5, 4, 3])), [[1, 2, 1], [8, 9, 1]]);
});

test("adjacent or overlapping gaps are merged, with both counts", () => {
  assert.deepEqual(sketchOf(gapsOf(true, [1, 3, 2], [8, 9, 1], [4, 7, 3])), [[1, 9, 6]]);
  assert.deepEqual(sketchOf(gapsOf(true, [1, 3, 2], [2, 9, null])), [[1, 9, null]]);
});

test("without a query the count equals the number range", () => {
  assert.deepEqual(sketchOf(gapsOf(false, [1, 3, null], [3, 9, 1])), [[1, 9, 9]]);
});

test("a reloaded range is removed", () => {
  const gaps = gapsOf(false, [1, 10, 10]);
  gaps.close(4, 5, some(2));
  assert.deepEqual(sketchOf(gaps), [[1, 3, 3], [6, 10, 5]]);
  gaps.close(1, 7, some(5));
  assert.deepEqual(sketchOf(gaps), [[8, 10, 3]]);
});

test("with a query found events are subtracted, and the counts of a split gap are unknown", () => {
  const gaps = gapsOf(true, [1, 10, 4]);
  gaps.close(8, 10, some(1));
  assert.deepEqual(sketchOf(gaps), [[1, 7, 3]]);
  gaps.close(3, 4, some(1));
  assert.deepEqual(sketchOf(gaps), [[1, 2, null], [5, 7, null]]);
});
