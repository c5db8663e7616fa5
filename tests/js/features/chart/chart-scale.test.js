import assert from "node:assert/strict";
import test from "node:test";

import { SPANS, edgesFor, heightsFor, labelsFor, startFor, stepFor, topFor } from "../../../../static/js/features/chart/chart-scale.js";

const { minutes, hour } = SPANS;

test("a bar covers as many seconds as it needs to be wide enough", () => {
  assert.deepEqual([1248, 900, 899, 366, 90].map((width) => stepFor(minutes, width)), [1, 1, 2, 3, 10]);
  assert.deepEqual([1248, 366, 100].map((width) => stepFor(hour, width)), [60, 60, 120]);
});

test("now is in the last bar, and bars begin at whole steps", () => {
  assert.equal(startFor(minutes, 1, 1_000), 701);
  assert.equal(startFor(hour, 60, 7_259), 3_660);
  assert.equal(startFor(hour, 60, 7_260), 3_720);
});

test("the top is round and never below the highest bar", () => {
  assert.deepEqual([0, 1, 4, 5, 7, 9, 11, 37, 61, 1001].map(topFor), [4, 4, 4, 5, 8, 10, 20, 40, 80, 2000]);
  for (let n = 1; n < 3_000; n++) assert.ok(topFor(n) >= n);
});

test("one fault among thousands is visible, and the bar stays within the chart", () => {
  const heights = heightsFor([9_997, 1, 1, 1], 10_000, 46);
  assert.deepEqual(heights, [38, 2, 3, 3]);
  assert.equal(heightsFor([1, 0, 0, 0], 1_000, 46)[0], 1);
  assert.deepEqual(heightsFor([0, 0, 0, 0], 4, 46), [0, 0, 0, 0]);
});

test("bars are whole pixels, side by side, and fill the width", () => {
  const edges = Array.from({ length: 300 }, (_, at) => edgesFor(at, 300, 1_249));
  assert.equal(edges[0][0], 0);
  for (const [left, right] of edges) assert.ok(Number.isInteger(left) && right - left >= 3);
  for (let at = 1; at < 300; at++) assert.ok(edges[at][0] - edges[at - 1][1] <= 1);
});

test("labels are at whole minutes, away from the edges and from each other", () => {
  const labels = labelsFor(minutes, 1_000, 1_200, 40);
  assert.deepEqual(labels.map(({ second }) => second), [1_020, 1_080, 1_140, 1_200, 1_260]);
  assert.deepEqual(labelsFor(minutes, 1_000, 200, 40).map(({ second }) => second), [1_080, 1_200]);
  assert.ok(labelsFor(hour, 0, 1_200, 40).every(({ second, x }) => second % 600 === 0 && x >= 20));
});
