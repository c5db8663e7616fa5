import assert from "node:assert/strict";
import test from "node:test";

import { EventLog } from "../../../../static/js/features/event-log/event-log.js";
import { withoutLooseEnd } from "../../../../static/js/features/event-log/list-rows.js";

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

const sketchOf = (log) => withoutLooseEnd(log.rows()).map(sketch);

// -- random streams ------------------------------------------------------------------------------

function random(seed) {
  let state = seed;
  return (below) => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function frameAt(log, below, matches) {
  const [after, last] = [log.last, log.last + below(900)];
  const found = events(after + 1, last).filter(({ seq }) => matches(seq));
  const pushed = found.slice(-below(500) || found.length);
  return frame(after, pushed, last, { skipped: found.length - pushed.length });
}

function loadSome(log, below, matches) {
  const gaps = log.rows().filter(({ kind }) => kind === "gap");
  if (!gaps.length) return;
  const { from, to } = gaps[below(gaps.length)];
  const found = events(from, to).filter(({ seq }) => matches(seq));
  const some = below(2) ? found.slice(-200) : found.slice(0, 200);
  const isUpper = some.at(-1) === found.at(-1);
  const [low, high] = isUpper ? [some[0]?.seq ?? from, to] : [from, some.at(-1).seq];
  log.fill(some, some.length === found.length ? from : low, some.length === found.length ? to : high, below(log.last));
}

function assertExact(log, matches) {
  const rows = log.rows();
  const shown = rows.filter(({ kind }) => kind === "event");
  assert.ok(log.events.length <= 2_000);
  assert.ok(shown.every(({ seq }, at) => matches(seq) && (at === 0 || seq < shown[at - 1].seq)));
  for (const { from, to, count } of rows.filter(({ kind }) => kind === "gap")) {
    if (count !== null) assert.equal(count, events(from, to).filter(({ seq }) => matches(seq)).length);
    assert.ok(!shown.some(({ seq }) => seq >= from && seq <= to));
  }
  if (rows.some(({ count }) => count === null)) return;
  const sum = rows.reduce((total, { count = 1 }) => total + count, 0);
  assert.equal(sum, events(1, log.ceiling).filter(({ seq }) => matches(seq)).length);
}

test("nothing received, nothing shown", () => {
  assert.deepEqual(sketchOf(new EventLog()), []);
});

test("a stream with nothing stored has only an end row, which represents all events", () => {
  const log = new EventLog();
  log.receive({ events: [], first: 0, last: 500 });
  assert.deepEqual(log.rows(), [
    { kind: "end", seq: 0, first: 0, floor: 0, isFiltered: false, to: 500, count: 500 },
  ]);
});

test("an event is found among the listed and the held ones", () => {
  const log = logWith([1, 2]);
  log.hold();
  log.receive({ events: events(3, 3), first: 1, last: 3 });
  assert.equal(log.find(1).seq, 1);
  assert.equal(log.find(3).seq, 3);
  assert.equal(log.find(4), undefined);
});

for (const [query, matches] of [["", () => true], ["some", (seq) => seq % 7 === 3]]) {
  test(`random streams: rows represent every event exactly once${query && ", with a query"}`, () => {
    for (let seed = 1; seed <= (process.env.TEST_FAST ? 6 : 30); seed++) {
      const below = random(seed);
      const log = new EventLog();
      log.restart(query);
      for (let step = 0; step < 60; step++) {
        const act = [
          () => log.receive(frameAt(log, below, matches)),
          () => log.receive(frameAt(log, below, matches)),
          () => loadSome(log, below, matches),
          () => log.hold(),
          () => log.release(),
        ][below(5)];
        act();
        assertExact(log, matches);
      }
    }
  });
}

test("pruned events leave the list, above the end mark", () => {
  const log = new EventLog();
  log.receive(frame(0, events(1, 10), 10));
  log.receive({ ...frame(10, [], 10), first: 8 });
  assert.deepEqual(log.rows().map(({ kind, seq }) => [kind, seq]), [
    ["event", 10],
    ["event", 9],
    ["event", 8],
    ["end", 0],
  ]);
  log.receive({ ...frame(10, [], 10), first: 0 });
  assert.deepEqual(log.rows().map(({ kind, count }) => [kind, count]), [["end", 10]]);
  assert.equal(log.events.length, 0);
});
