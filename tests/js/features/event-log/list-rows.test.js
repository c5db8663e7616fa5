import assert from "node:assert/strict";
import test from "node:test";

import { EventLog } from "../../../../static/js/features/event-log/event-log.js";
import { listRows, rowIndexOf, withoutLooseEnd } from "../../../../static/js/features/event-log/list-rows.js";

const events = (from, to, step = 1) =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => ({ seq: from + i * step }));

const frame = (after, some, last, rest = {}) => ({ after, events: some, last, first: 1, skipped: 0, ...rest });

function sketch({ kind, seq, from, to, count, isKept, first }) {
  if (kind === "event") return seq;
  if (kind === "end") return first > 1 ? `end, from ${first}` : "end";
  return `${isKept ? "kept" : "pruned"} ${from}-${to}${count === to - from + 1 ? "" : `: ${count ?? "some"}`}`;
}

// Contiguous frames of events without a query: [from, to, first].
function logWith(...frames) {
  const log = new EventLog();
  frames.forEach(([from, to, first = 1]) => log.receive({ events: events(from, to), first, last: to }));
  return log;
}

function filtered(...frames) {
  const log = new EventLog();
  log.restart("verdict:invalid");
  frames.forEach((each) => log.receive(each));
  return log;
}

const sketchOf = (log) => withoutLooseEnd(log.rows()).map(sketch);

test("newest first, without a gap row, and an end row", () => {
  assert.deepEqual(sketchOf(logWith([1, 3])), [3, 2, 1, "end"]);
});

test("a gap is between the events it separates", () => {
  assert.deepEqual(sketchOf(logWith([1, 2], [9, 9])), [9, "kept 3-8", 2, 1, "end"]);
});

test("pruned events are distinguished from loadable ones", () => {
  assert.deepEqual(sketchOf(logWith([90, 90, 50])), [90, "kept 50-89", "end, from 50"]);
  assert.deepEqual(sketchOf(logWith([90, 90, 90])), [90, "end, from 90"]);
  assert.deepEqual(sketchOf(logWith([1, 2], [90, 90, 50])), [90, "kept 50-89", "end, from 50"]);
});

test("a number resolves to its row or the next one below", () => {
  const list = listRows([...events(1, 2), ...events(9, 9)], [{ from: 3, to: 8, count: 6, folds: [] }], { first: 1, ceiling: 9 });
  assert.deepEqual([9, 8, 5, 2, 1].map((seq) => rowIndexOf(list, seq)), [0, 1, 2, 2, 3]);
});

test("frames are contiguous", () => {
  assert.deepEqual(sketchOf(logWith([1, 2], [3, 4])), [4, 3, 2, 1, "end"]);
});

test("skipped events are a gap directly below the new ones", () => {
  assert.deepEqual(sketchOf(logWith([1, 1], [8, 9])), [9, 8, "kept 2-7", 1, "end"]);
});

test("a repeated event is shown once", () => {
  assert.deepEqual(sketchOf(logWith([1, 3], [2, 4])), [4, 3, 2, 1, "end"]);
});

test("while held, rows do not move and waiting events are counted", () => {
  const log = logWith([1, 2]);
  log.hold();
  log.receive({ events: events(3, 5), first: 1, last: 5 });
  assert.deepEqual(sketchOf(log), [2, 1, "end"]);
  assert.equal(log.countWaiting, 3);
  log.release();
  assert.deepEqual(sketchOf(log), [5, 4, 3, 2, 1, "end"]);
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
  assert.deepEqual(shown.slice(-4), ["kept 3-4002", 2, 1, "end"]);
});

test("memory is bounded and evicted events can be loaded again", () => {
  const log = logWith([1, 3_000]);
  assert.equal(log.events.length, 2_000);
  assert.equal(sketchOf(log).at(-1), "kept 1-1000");
  log.fill(events(801, 1_000), 801, 1_000, 1_001);
  assert.equal(log.events.length, 2_000);
  assert.equal(sketchOf(log)[0], "kept 2801-3000");
  assert.equal(sketchOf(log).at(-1), "kept 1-800");
});

test("filling a gap closes it", () => {
  const log = logWith([1, 2], [9, 9]);
  log.fill(events(3, 8), 3, 8, 8);
  assert.deepEqual(sketchOf(log), [9, 8, 7, 6, 5, 4, 3, 2, 1, "end"]);
});

test("a gap whose events are gone is not offered again", () => {
  const log = logWith([9, 9]);
  log.keepsNothingUpTo(8);
  assert.deepEqual(sketchOf(log), [9, "end, from 9"]);
});

test("a stream that starts over replaces the list", () => {
  const log = logWith([1, 9]);
  log.receive({ events: [], first: 1, last: 3 });
  assert.deepEqual(sketchOf(log), ["kept 1-3"]);
});

// -- with a query --------------------------------------------------------------------------------

test("with a query, numbers between matches are no gap", () => {
  const log = filtered(frame(0, [{ seq: 3 }, { seq: 40 }], 100), frame(100, [{ seq: 200 }], 300));
  assert.deepEqual(sketchOf(log), [200, 40, 3, "end"]);
});

test("skipped events are a gap directly below the new ones, with the frame's count", () => {
  const log = filtered(frame(0, events(10, 20, 10), 100), frame(100, [{ seq: 190 }], 200, { skipped: 7 }));
  assert.deepEqual(sketchOf(log), [190, "kept 101-189: 7", 20, 10, "end"]);
});

test("without a count, a gap has some events", () => {
  const log = filtered(frame(0, [{ seq: 90 }], 100, { skipped: null, first: 11 }));
  assert.deepEqual(sketchOf(log), ["kept 11-89: some"].toSpliced(0, 0, 90));
});

test("after a timeout, only the unsearched range is a gap", () => {
  const log = filtered(frame(0, [{ seq: 90 }], 100, { skipped: null, searched_to: 41 }));
  assert.deepEqual(sketchOf(log), [90, "kept 1-40: some"]);
  log.receive(frame(100, [], 150, { skipped: null, searched_to: 121 }));
  assert.deepEqual(sketchOf(log), ["kept 101-120: some", 90, "kept 1-40: some"]);
});

test("loaded events are subtracted from the count, and an empty rest is no gap", () => {
  const log = filtered(frame(0, [{ seq: 90 }], 100, { skipped: 3 }));
  log.fill([{ seq: 60 }, { seq: 80 }], 60, 89, 90);
  assert.deepEqual(sketchOf(log), [90, 80, 60, "kept 1-59: 1"]);
  log.fill([{ seq: 7 }], 7, 59, 90);
  assert.deepEqual(sketchOf(log), [90, 80, 60, 7, "end"]);
});

test("a gap split in the middle has some events on each side", () => {
  const log = filtered(frame(0, [{ seq: 90 }], 100, { skipped: 30 }));
  log.fill([{ seq: 50 }], 50, 55, 90);
  assert.deepEqual(sketchOf(log), [90, "kept 56-89: some", 50, "kept 1-49: some"]);
});

test("the cap leaves one gap below for all evicted events", () => {
  const log = filtered(frame(0, events(10, 20_000, 10), 20_000, { skipped: 5, first: 4 }));
  log.receive(frame(20_000, events(20_010, 21_000, 10), 21_000));
  assert.equal(log.events.length, 2_000);
  assert.deepEqual(sketchOf(log).slice(-2), [1_010, "kept 4-1000: 105"]);
});

test("while held, matches are counted, and no number is lost at the boundary", () => {
  const log = filtered(frame(0, [{ seq: 5 }], 10));
  log.hold();
  log.receive(frame(10, [{ seq: 20 }], 20, { skipped: 4 }));
  log.receive(frame(20, [{ seq: 25 }], 30));
  assert.equal(log.countWaiting, 6);
  assert.deepEqual(sketchOf(log), [5, "end"]);
  log.release();
  assert.deepEqual(sketchOf(log), [25, 20, "kept 11-19: 4", 5, "end"]);
});

test("a partly pruned gap has some events left", () => {
  const log = filtered(frame(0, [{ seq: 90 }], 100, { skipped: 30 }));
  log.receive(frame(100, [], 110, { first: 50 }));
  assert.deepEqual(sketchOf(log), [90, "kept 50-89: some", "end, from 50"]);
});

test("a frame that the page missed leaves a gap", () => {
  const log = filtered(frame(0, [{ seq: 5 }], 10), frame(20, [{ seq: 25 }], 30));
  assert.deepEqual(sketchOf(log), [25, "kept 11-20: some", 5, "end"]);
});

test("another query starts with an empty list", () => {
  const log = logWith([1, 9]);
  log.restart("name:x");
  assert.deepEqual(sketchOf(log), []);
  log.receive(frame(0, [{ seq: 4 }], 9));
  assert.deepEqual(sketchOf(log), [4, "end"]);
});
