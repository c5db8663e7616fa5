import assert from "node:assert/strict";
import test from "node:test";

import { keepOrder, sortEntries } from "../../../../static/js/features/coverage/coverage-order.js";

const entry = (name, count, faults, last) => ({
  name,
  count,
  valid: count - faults,
  warning: 0,
  invalid: faults,
  malformed: 0,
  first_seen: "2026-11-21T08:00:00.000Z",
  last_seen: `2026-11-21T08:00:0${last}.000Z`,
  problems: faults ? [{ code: "missing-field", path: "/userId", count: faults }] : [],
});

const ENTRIES = [entry("b", 5, 1, 3), entry("a", 5, 0, 1), entry(null, 2, 2, 2), entry("c", 9, 0, 2)];

const names = (entries) => entries.map(({ name }) => name);

test("names are sorted as selected, equal ones by name", () => {
  assert.deepEqual(names(sortEntries(ENTRIES, "count")), ["c", "a", "b", null]);
  assert.deepEqual(names(sortEntries(ENTRIES, "name")), [null, "a", "b", "c"]);
  assert.deepEqual(names(sortEntries(ENTRIES, "faults")), [null, "b", "a", "c"]);
  assert.deepEqual(names(sortEntries(ENTRIES, "last")), ["b", null, "c", "a"]);
  assert.deepEqual(names(sortEntries(ENTRIES, "count", true)), [null, "a", "b", "c"]);
});

test("existing rows keep their place, new ones are added at the end", () => {
  const before = [entry("c", 1, 0, 1), entry("a", 1, 0, 1)];
  assert.deepEqual(names(keepOrder(ENTRIES, before)), ["c", "a", "b", null]);
});
