import assert from "node:assert/strict";
import test from "node:test";

import { CountsPerSecond } from "../../static/js/features/chart/counts-per-second.js";
import { barAt } from "../../static/js/features/chart/range-selection.js";
import {
  SPANS,
  edgesFor,
  heightsFor,
  labelsFor,
  startFor,
  stepFor,
  topFor,
} from "../../static/js/features/chart/chart-scale.js";
import { ServerClock } from "../../static/js/features/chart/server-clock.js";
import { timeRangeOf, withTimeRange, withoutTimeRange } from "../../static/js/core/query/query-time-range.js";
import { barWords, rangeSummary, sumWords, topWords } from "../../static/js/features/chart/chart-labels.js";

const { minutes, hour } = SPANS;
const bar = (from, counts, step = 1) => ({
  from,
  step,
  counts,
  total: counts.reduce((all, n) => all + n, 0),
});

// -- counts

test("a second's counts as they stand take the place of older ones, whichever comes last", () => {
  const counts = new CountsPerSecond();
  counts.put([[100, 1, 0, 0, 0]]);
  counts.put([[100, 5, 1, 0, 2]]);
  counts.put([[100, 3, 1, 0, 0]]);
  assert.deepEqual(counts.bars(100, 1, 1)[0].counts, [5, 1, 0, 2]);
});

test("what is to be added adds up", () => {
  const counts = new CountsPerSecond();
  counts.put([[100, 1, 0, 0, 0]]);
  counts.add([[100, 1, 0, 2, 0], [101, 0, 0, 0, 1]]);
  const bars = counts.bars(100, 1, 2);
  assert.deepEqual(bars.map((one) => one.counts), [[2, 0, 2, 0], [0, 0, 0, 1]]);
  assert.deepEqual(bars.map((one) => one.total), [4, 1]);
});

test("a bar sums its seconds, and only those within count", () => {
  const counts = new CountsPerSecond();
  counts.put([59, 60, 61, 119, 120, 180].map((second) => [second, 1, 0, 0, 0]));
  assert.deepEqual(counts.bars(60, 60, 2).map((one) => one.total), [3, 1]);
});

test("counts of more than an hour and a bit are forgotten", () => {
  const counts = new CountsPerSecond();
  for (let second = 0; second < 20_000; second++) counts.put([[second, 1, 0, 0, 0]]);
  const kept = counts.bars(0, 20_000, 1)[0].total;
  assert.ok(kept <= 4_200 && kept >= 3_600);
});

// -- scale

test("a bar stands for as many seconds as it needs to be broad enough", () => {
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

test("one fault among thousands is seen, and the bar stays within", () => {
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

test("labels stand at whole minutes, away from the edges and from each other", () => {
  const labels = labelsFor(minutes, 1_000, 1_200, 40);
  assert.deepEqual(labels.map(({ second }) => second), [1_020, 1_080, 1_140, 1_200, 1_260]);
  assert.deepEqual(labelsFor(minutes, 1_000, 200, 40).map(({ second }) => second), [1_080, 1_200]);
  assert.ok(labelsFor(hour, 0, 1_200, 40).every(({ second, x }) => second % 600 === 0 && x >= 20));
});

// -- the server's clock

test("the page goes by the server's clock, however far it is from its own", () => {
  let own = 1_000_000;
  const clock = new ServerClock(() => own);
  clock.set(5_000_050, 1_000_000, 1_000_100);
  own += 100;
  assert.equal(clock.now, 5_000_100);
  own += 1_000;
  assert.equal(clock.now, 5_001_100);
});

test("what has come shows that it is not earlier", () => {
  const clock = new ServerClock(() => 1_000);
  clock.reach(3_000);
  assert.equal(clock.now, 3_000);
  clock.reach(2_000);
  assert.equal(clock.now, 3_000);
});

// -- the range in the query

const RANGE = { from: Date.UTC(2026, 10, 21, 8, 0, 0), to: Date.UTC(2026, 10, 21, 8, 0, 5) };
const TERMS = "time>=2026-11-21T08:00:00.000Z time<2026-11-21T08:00:05.000Z";

test("a range is written into the query, and read from it", () => {
  assert.equal(withTimeRange("", RANGE), TERMS);
  assert.equal(withTimeRange("name:a", RANGE), `name:a ${TERMS}`);
  assert.deepEqual(timeRangeOf(`name:a ${TERMS}`), RANGE);
  assert.deepEqual(timeRangeOf(TERMS.split(" ").reverse().join(" ")), RANGE);
});

test("another range takes the place of the earlier one", () => {
  const later = { from: RANGE.from + 1_000, to: RANGE.to + 1_000 };
  assert.deepEqual(timeRangeOf(withTimeRange(`${TERMS} name:a`, later)), later);
  assert.equal(withTimeRange(`${TERMS} name:a`, later).match(/time/g).length, 2);
  assert.equal(withoutTimeRange(`name:a ${TERMS} -verdict:valid`), "name:a -verdict:valid");
});

test("a range takes the place of other terms of time", () => {
  assert.equal(withTimeRange("time>-5m name:a time:2026-11-21", RANGE), `name:a ${TERMS}`);
  assert.equal(withTimeRange("time>-5m OR name:a", RANGE), `time>-5m OR name:a ${TERMS}`);
});

test("what only looks like a range stays", () => {
  const quoted = '"time>=2026-11-21T08:00:00.000Z and more" name:"a b" time>=soon';
  assert.equal(withoutTimeRange(quoted), quoted);
  assert.equal(timeRangeOf(quoted), null);
  const bound = `name:a OR ${TERMS.split(" ")[0]}`;
  assert.equal(withoutTimeRange(bound), bound);
  assert.equal(timeRangeOf("time>=2026-11-21T08:00:00.000Z"), null);
  assert.equal(timeRangeOf("time>=2026-99-99T08:00:00.000Z time<2026-11-21T08:00:00.000Z"), null);
});

// -- words

process.env.TZ = "UTC";
const AT = RANGE.from / 1000;

test("a bar in words", () => {
  assert.equal(barWords(bar(AT, [10, 0, 2, 0])), "08:00:00: 12 events, 2 invalid");
  assert.equal(barWords(bar(AT, [0, 1, 0, 3])), "08:00:00: 4 events, 1 warning, 3 malformed");
  assert.equal(barWords(bar(AT, [1, 0, 0, 0])), "08:00:00: 1 event");
  assert.equal(barWords(bar(AT, [0, 0, 0, 0])), "08:00:00: no events");
  assert.equal(barWords(bar(AT, [1_200, 0, 0, 0], 60)), "08:00 to 08:01: 1,200 events");
  assert.equal(barWords(bar(AT, [2, 0, 0, 0]), true), "08:00:00: 2 matching events");
});

test("a range, and all bars, in words", () => {
  const bars = [bar(AT, [2, 0, 0, 0]), bar(AT + 4, [1, 0, 1, 1]), bar(AT + 5, [7, 0, 0, 0])];
  assert.equal(rangeSummary(RANGE, bars), "08:00:00 to 08:00:05: 5 events, 1 invalid, 1 malformed");
  assert.equal(sumWords(bars), "12 events, 2 with faults");
  assert.equal(sumWords(bars.slice(0, 1), true), "2 matches");
});

test("the height of the chart in words", () => {
  assert.deepEqual([[40, 1], [1_200, 60], [40, 3], [9, 120]].map(([n, step]) => topWords(n, step)), [
    "40/s",
    "1,200/min",
    "40 in 3 s",
    "9 in 2 min",
  ]);
});

// -- pointing

test("a near bar is meant where the pointer meets an empty one", () => {
  const bars = Array.from({ length: 10 }, (_, at) => bar(at, [at === 4 ? 1 : 0, 0, 0, 0]));
  assert.equal(barAt(bars, 40, 17, 0).from, 4);
  assert.equal(barAt(bars, 40, 22, 4).from, 4);
  assert.equal(barAt(bars, 40, 30, 4).from, 7);
  assert.deepEqual([-50, 500].map((x) => barAt(bars, 40, x, 0).from), [0, 9]);
});
