import assert from "node:assert/strict";
import test from "node:test";

import { EventLog } from "../../static/js/list/event-log.js";
import { gapRows, indexOf, rowsOf } from "../../static/js/list/rows.js";

const events = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => ({ seq: from + i }));
const sketch = (row) =>
  row.kind === "event" ? row.seq : `${row.isKept ? "kept" : "pruned"} ${row.from}-${row.to}`;
const rows = (some, first, ceiling) => rowsOf(some, { first, ceiling }).map(sketch);

function logWith(...frames) {
  const log = new EventLog();
  frames.forEach(([from, to, first = 1]) => log.receive({ events: events(from, to), first, last: to }));
  return log;
}

const sketchOf = (log) => log.rows().map(sketch);

test("nothing received, nothing shown", () => {
  assert.deepEqual(rows([], 0, 0), []);
});

test("newest first and no gap where none is", () => {
  assert.deepEqual(rows(events(1, 3), 1, 3), [3, 2, 1]);
});

test("a gap stands between the events it parts", () => {
  assert.deepEqual(rows([...events(1, 2), ...events(9, 9)], 1, 9), [9, "kept 3-8", 2, 1]);
});

test("a gap stands above and below what is shown", () => {
  assert.deepEqual(rows(events(5, 6), 1, 8), ["kept 7-8", 6, 5, "kept 1-4"]);
});

test("what is no longer kept is told apart from what can be loaded", () => {
  assert.deepEqual(rows(events(90, 90), 50, 90), [90, "kept 50-89", "pruned 1-49"]);
  assert.deepEqual(rows(events(90, 90), 90, 90), [90, "pruned 1-89"]);
});

test("a stream with nothing kept is all pruned", () => {
  assert.deepEqual(rows([], 0, 500), ["pruned 1-500"]);
});

test("a gap counts its events", () => {
  assert.deepEqual(gapRows(10, 19, 1)[0].count, 10);
  assert.deepEqual(gapRows(10, 9, 1), []);
});

test("a number leads to its row or the next below", () => {
  const list = rowsOf([...events(1, 2), ...events(9, 9)], { first: 1, ceiling: 9 });
  assert.deepEqual([9, 8, 5, 2, 1].map((seq) => indexOf(list, seq)), [0, 1, 2, 2, 3]);
});

test("frames follow each other without a gap", () => {
  assert.deepEqual(sketchOf(logWith([1, 2], [3, 4])), [4, 3, 2, 1]);
});

test("skipped events are a gap right before those that came", () => {
  assert.deepEqual(sketchOf(logWith([1, 1], [8, 9])), [9, 8, "kept 2-7", 1]);
});

test("an event that comes twice is shown once", () => {
  assert.deepEqual(sketchOf(logWith([1, 3], [2, 4])), [4, 3, 2, 1]);
});

test("while held nothing moves and what waits is counted", () => {
  const log = logWith([1, 2]);
  log.hold();
  log.receive({ events: events(3, 5), first: 1, last: 5 });
  assert.deepEqual(sketchOf(log), [2, 1]);
  assert.equal(log.countWaiting, 3);
  log.release();
  assert.deepEqual(sketchOf(log), [5, 4, 3, 2, 1]);
  assert.equal(log.countWaiting, 0);
});

test("a long pause keeps the newest and shows the rest as a gap", () => {
  const log = logWith([1, 2]);
  log.hold();
  for (let at = 3; at <= 5_002; at += 100) {
    log.receive({ events: events(at, at + 99), first: 1, last: at + 99 });
  }
  assert.equal(log.countWaiting, 5_000);
  log.release();
  const shown = sketchOf(log);
  assert.equal(shown[0], 5_002);
  assert.deepEqual(shown.slice(-3), ["kept 3-4002", 2, 1]);
});

test("memory is bounded and what left it can be loaded again", () => {
  const log = logWith([1, 3_000]);
  assert.equal(log.events.length, 2_000);
  assert.equal(sketchOf(log).at(-1), "kept 1-1000");
  log.fill(events(801, 1_000), 1_001);
  assert.equal(log.events.length, 2_000);
  assert.equal(sketchOf(log)[0], "kept 2801-3000");
  assert.equal(sketchOf(log).at(-1), "kept 1-800");
});

test("filling a gap closes it", () => {
  const log = logWith([1, 2], [9, 9]);
  log.fill(events(3, 8), 8);
  assert.deepEqual(sketchOf(log), [9, 8, 7, 6, 5, 4, 3, 2, 1]);
});

test("an event is found among those shown and those that wait", () => {
  const log = logWith([1, 2]);
  log.hold();
  log.receive({ events: events(3, 3), first: 1, last: 3 });
  assert.equal(log.find(1).seq, 1);
  assert.equal(log.find(3).seq, 3);
  assert.equal(log.find(4), undefined);
});

test("what turned out to be gone is not offered again", () => {
  const log = logWith([9, 9]);
  log.keepsNothingUpTo(8);
  assert.deepEqual(sketchOf(log), [9, "pruned 1-8"]);
});

test("a stream that begins anew is shown anew", () => {
  const log = logWith([1, 9]);
  log.receive({ events: [], first: 1, last: 3 });
  assert.deepEqual(sketchOf(log), ["kept 1-3"]);
});
