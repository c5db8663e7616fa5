import assert from "node:assert/strict";
import test from "node:test";

import { coverageLead, unlistedNote } from "../../../../static/js/features/coverage/coverage-summary.js";

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

test("a sentence states the completeness", () => {
  const of = (names_seen, known, not_seen) => coverageLead({ vendor: "Natero", names_seen, known, not_seen });
  assert.equal(of(5, 7, ["a", "b", "c"]), "5 event names seen. Natero knows 7, 4 of them seen.");
  assert.equal(of(7, 7, []), "7 event names seen. All 7 that Natero knows are among them.");
  assert.equal(of(1, 0, []), "1 event name seen. Natero prescribes none: all names are your own.");
  assert.equal(of(0, 7, ["a"]), "No event name seen yet. Natero knows 7.");
});

test("the sentence states when not all names are listed", () => {
  assert.equal(unlistedNote({ names: ENTRIES, names_seen: 3 }), "");
  assert.equal(unlistedNote({ names: ENTRIES, names_seen: 900 }), "The 3 most frequent names are listed.");
});
