import assert from "node:assert/strict";
import test from "node:test";

import { evictedCountsOf, mergeEvictedCounts, subtractLoaded } from "../../../../static/js/features/event-log/evicted-counts.js";

const START = Date.parse("2026-11-21T00:00:00Z");

const eventAt = (seq, name, ms, verdict = "valid") => ({
  seq, name, verdict, received_at: new Date(START + ms).toISOString(),
});

const flood = (from, count, name, ms = 0, verdict) =>
  Array.from({ length: count }, (_, at) => eventAt(from + at, name, ms + at, verdict));

test("evicted events are counted by window and kind, and subtracted when they return", () => {
  const events = [...flood(1, 40, "a"), ...flood(41, 3, "b", 100), ...flood(44, 7, "a", 5_000)];
  const [first, second] = evictedCountsOf(events);
  assert.deepEqual([...first.kinds].map(([key, { count }]) => [key, count]), [["valid a", 40], ["valid b", 3]]);
  assert.equal(second.kinds.get("valid a").count, 7);
  const [left] = subtractLoaded([first, second], 31, 50, events.slice(30));
  assert.deepEqual([left.from, left.to, left.kinds.get("valid a").count, left.kinds.has("valid b")], [1, 30, 30, false]);
  assert.deepEqual(mergeEvictedCounts([left, evictedCountsOf(events.slice(30, 40))[0]])[0].kinds.get("valid a").count, 40);
});
