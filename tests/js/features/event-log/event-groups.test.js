import assert from "node:assert/strict";
import test from "node:test";

import { eventCountOf, foldIntoGroups } from "../../../../static/js/features/event-log/event-groups.js";
import { EventLog } from "../../../../static/js/features/event-log/event-log.js";

const START = Date.parse("2026-11-21T00:00:00Z");

const eventAt = (seq, name, ms, verdict = "valid") => ({
  seq, name, verdict, received_at: new Date(START + ms).toISOString(),
});

const flood = (from, count, name, ms = 0, verdict) =>
  Array.from({ length: count }, (_, at) => eventAt(from + at, name, ms + at, verdict));

const rowsOf = (events) => events.toReversed().map((event) => ({ kind: "event", seq: event.seq, event }));

const none = () => false;

const same = (key) => key;

const sketch = (row) => (row.kind === "group" ? `${row.verdict} ${row.name} ×${row.count}` : row.kind === "gap" ? `gap ${row.count}` : row.seq || "end");

const sketchOf = (rows, isOpen = none) => foldIntoGroups(rows, same, isOpen).map(sketch);

// -- random streams ------------------------------------------------------------------------------

function random(seed) {
  let state = seed;
  return (below) => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return Math.floor((state / 2 ** 32) * below);
  };
}

// A whole stream: event n has the index n - 1.
function streamOf(below, length) {
  let ms = 0;
  return Array.from({ length }, (_, at) => {
    ms += below(40) ? below(4) : below(20_000);
    return eventAt(at + 1, "abcdefgh"[Math.min(below(8), below(8))], ms - below(3), below(9) ? "valid" : "invalid");
  });
}

function step(log, below, stream) {
  const [from, act] = [log.last, below(8)];
  if (act < 4) {
    const last = Math.min(stream.length, from + below(1_200));
    const events = stream.slice(from, last).slice(-500);
    log.receive({ after: from, events, last, first: log.first + below(3) * below(40) || 1, skipped: last - from - events.length });
  } else if (act < 6) {
    const gaps = log.rows().filter((row) => row.kind === "gap" && row.isKept);
    if (!gaps.length) return;
    const gap = gaps[below(gaps.length)];
    const part = Math.min(gap.to - gap.from + 1, 1 + below(400));
    const low = [gap.from, gap.to - part + 1, gap.from + below(gap.to - gap.from - part + 2)][below(3)];
    log.fill(stream.slice(low - 1, low + part - 1), low, low + part - 1, below(log.last));
  } else if (act === 6) log.hold();
  else log.release();
}

function assertTrue(rows, stream) {
  const shown = rows.flatMap((row) => (row.kind === "group" ? row.members : row.event ?? []));
  const once = rows.filter((row) => row.kind === "group" && row.isOpen).flatMap(({ members }) => members).length;
  assert.equal(new Set(shown.map(({ seq }) => seq)).size, shown.length - once);
  assert.equal(new Set(rows.map((row) => `${row.kind}${row.id ?? row.seq}`)).size, rows.length);
  for (const row of rows.filter(({ kind }) => kind === "group")) {
    const same = stream.slice(row.from - 1, row.to).filter(({ name, verdict }) => name === row.name && verdict === row.verdict);
    assert.ok(row.count <= same.length, `${row.count} of ${same.length}`);
    assert.equal(row.members.length + row.away, row.count);
    assert.ok(row.count >= 10 || row.away);
  }
}

test("ten events of a name and verdict within a window are one row, fewer are not", () => {
  assert.deepEqual(sketchOf(rowsOf(flood(1, 10, "page_view"))), ["valid page_view ×10"]);
  assert.equal(sketchOf(rowsOf(flood(1, 9, "page_view"))).length, 9);
  assert.deepEqual(sketchOf(rowsOf([...flood(1, 10, "a"), ...flood(11, 10, "a", 0, "invalid")])), [
    "invalid a ×10", "valid a ×10",
  ]);
});

test("rare events keep their own rows, and another window is another group", () => {
  const events = [...flood(1, 12, "a"), eventAt(13, "b", 20, "invalid"), ...flood(14, 12, "a", 30), ...flood(26, 10, "a", 5_000)];
  assert.deepEqual(sketchOf(rowsOf(events)), ["valid a ×10", "valid a ×24", 13]);
});

test("a group has its number range and its time", () => {
  const [group] = foldIntoGroups(rowsOf(flood(5, 300, "a")), same, none);
  assert.deepEqual([group.from, group.to, group.seq, group.end - group.start], [5, 304, 304, 299]);
});

test("an open group is followed by its events, newest first, and represents none itself", () => {
  const rows = foldIntoGroups(rowsOf(flood(1, 10, "a")), same, () => true);
  assert.deepEqual(rows.map(({ seq }) => seq), [10, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  assert.deepEqual(rows.map(eventCountOf), [0, ...Array(10).fill(1)]);
});

test("groups of a window keep their order while they grow", () => {
  const some = [...flood(1, 10, "a"), ...flood(11, 10, "b", 20)];
  const more = [...some, ...flood(21, 5, "a", 40)];
  assert.deepEqual(sketchOf(rowsOf(some)), ["valid b ×10", "valid a ×10"]);
  assert.deepEqual(sketchOf(rowsOf(more)), ["valid b ×10", "valid a ×15"]);
});

test("a gap is below the events of its window", () => {
  const rows = rowsOf(flood(1, 30, "a"));
  rows.splice(15, 0, { kind: "gap", seq: 99, from: 50, to: 99, count: 50, isKept: true, folds: [] });
  assert.deepEqual(sketchOf(rows), ["valid a ×30", "gap 50"]);
});

test("evicted events remain in the count of their group", () => {
  const log = new EventLog();
  for (let at = 0; at < 10; at++) {
    const events = [...flood(at * 500 + 1, 499, "a", at * 50), eventAt(at * 500 + 500, "b", at * 50, "invalid")];
    log.receive({ after: at * 500, events, last: at * 500 + 500, first: 1, skipped: 0 });
  }
  assert.equal(log.events.length, 2_000);
  assert.deepEqual(sketchOf(log.rows()), ["invalid b ×10", "valid a ×4990", "end"]);
  const rows = foldIntoGroups(log.rows(), same, (id) => id.includes("valid a"));
  assert.equal(rows.reduce((sum, row) => sum + eventCountOf(row), 0), 5_000);
  assert.deepEqual(rows.at(-2).count, 4_990 - 1_996);
});

test("random streams: rows represent every number exactly once, and no group claims other events", () => {
  for (let seed = 1; seed <= (process.env.TEST_FAST ? 3 : 25); seed++) {
    const below = random(seed);
    const stream = streamOf(below, 12_000);
    const log = new EventLog();
    const openOnes = below(3);
    for (let at = 0; at < 50; at++) {
      step(log, below, stream);
      if (!log.ceiling) continue;
      const rows = foldIntoGroups(log.rows(), same, (id) => id.length % 3 < openOnes);
      assert.equal(rows.reduce((sum, row) => sum + eventCountOf(row), 0), log.ceiling, `seed ${seed}, step ${at}`);
      assertTrue(rows, stream);
    }
  }
});
