import assert from "node:assert/strict";
import test from "node:test";

import { timeRangeOf, withTimeRange, withoutTimeRange } from "../../../../static/js/core/query/query-time-range.js";

const RANGE = { from: Date.UTC(2026, 10, 21, 8, 0, 0), to: Date.UTC(2026, 10, 21, 8, 0, 5) };

const TERMS = "time>=2026-11-21T08:00:00.000Z time<2026-11-21T08:00:05.000Z";

test("a range is written into the query, and read from it", () => {
  assert.equal(withTimeRange("", RANGE), TERMS);
  assert.equal(withTimeRange("name:a", RANGE), `name:a ${TERMS}`);
  assert.deepEqual(timeRangeOf(`name:a ${TERMS}`), RANGE);
  assert.deepEqual(timeRangeOf(TERMS.split(" ").reverse().join(" ")), RANGE);
});

test("another range replaces the earlier one", () => {
  const later = { from: RANGE.from + 1_000, to: RANGE.to + 1_000 };
  assert.deepEqual(timeRangeOf(withTimeRange(`${TERMS} name:a`, later)), later);
  assert.equal(withTimeRange(`${TERMS} name:a`, later).match(/time/g).length, 2);
  assert.equal(withoutTimeRange(`name:a ${TERMS} -verdict:valid`), "name:a -verdict:valid");
});

test("a range replaces other terms of time", () => {
  assert.equal(withTimeRange("time>-5m name:a time:2026-11-21", RANGE), `name:a ${TERMS}`);
  assert.equal(withTimeRange("time>-5m OR name:a", RANGE), `time>-5m OR name:a ${TERMS}`);
});

test("a term that only looks like a range is kept", () => {
  const quoted = '"time>=2026-11-21T08:00:00.000Z and more" name:"a b" time>=soon';
  assert.equal(withoutTimeRange(quoted), quoted);
  assert.equal(timeRangeOf(quoted), null);
  const bound = `name:a OR ${TERMS.split(" ")[0]}`;
  assert.equal(withoutTimeRange(bound), bound);
  assert.equal(timeRangeOf("time>=2026-11-21T08:00:00.000Z"), null);
  assert.equal(timeRangeOf("time>=2026-99-99T08:00:00.000Z time<2026-11-21T08:00:00.000Z"), null);
});
