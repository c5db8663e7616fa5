import assert from "node:assert/strict";
import test from "node:test";

import { coverageCsv } from "../../static/js/features/coverage/coverage-csv.js";
import { keepOrder, sortEntries } from "../../static/js/features/coverage/coverage-order.js";
import { nameQuery, problemQuery, verdictQuery } from "../../static/js/features/coverage/coverage-queries.js";
import { coverageLead, unlistedNote } from "../../static/js/features/coverage/coverage-summary.js";

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

test("names are in the order that is wanted, equal ones by name", () => {
  assert.deepEqual(names(sortEntries(ENTRIES, "count")), ["c", "a", "b", null]);
  assert.deepEqual(names(sortEntries(ENTRIES, "name")), [null, "a", "b", "c"]);
  assert.deepEqual(names(sortEntries(ENTRIES, "faults")), [null, "b", "a", "c"]);
  assert.deepEqual(names(sortEntries(ENTRIES, "last")), ["b", null, "c", "a"]);
  assert.deepEqual(names(sortEntries(ENTRIES, "count", true)), [null, "a", "b", "c"]);
});

test("rows that are read stay where they are, new ones come at the end", () => {
  const before = [entry("c", 1, 0, 1), entry("a", 1, 0, 1)];
  assert.deepEqual(names(keepOrder(ENTRIES, before)), ["c", "a", "b", null]);
});

test("a click asks for what it stands on", () => {
  assert.equal(nameQuery("feature"), "name:feature");
  assert.equal(nameQuery("Ada L*"), 'name:"Ada L*"');
  assert.equal(nameQuery('say "hi" \\'), 'name:"say \\"hi\\" \\\\"');
  assert.equal(nameQuery(null), "-name:*");
  assert.equal(verdictQuery("feature", "invalid"), "name:feature verdict:invalid");
  const missing = { code: "missing-field", path: "/userId" };
  assert.equal(problemQuery("feature", missing), "name:feature problem:missing-field@/userId");
  assert.equal(problemQuery(null, { code: "not-json", path: "" }), "-name:* problem:not-json");
});

test("a sentence says how complete it is", () => {
  const of = (names_seen, known, not_seen) => coverageLead({ vendor: "Natero", names_seen, known, not_seen });
  assert.equal(of(5, 7, ["a", "b", "c"]), "5 event names seen. Of the 7 that Natero knows, 4 came.");
  assert.equal(of(7, 7, []), "7 event names seen. All 7 that Natero knows are among them.");
  assert.equal(of(1, 0, []), "1 event name seen. Natero prescribes none: all names are your own.");
  assert.equal(of(0, 7, ["a"]), "No event name seen yet. Natero knows 7.");
});

test("it says when not all names are listed", () => {
  assert.equal(unlistedNote({ names: ENTRIES, names_seen: 3 }), "");
  assert.equal(unlistedNote({ names: ENTRIES, names_seen: 900 }), "The 3 most frequent names are listed.");
});

test("the table as CSV, with names that did not come, safe in a spreadsheet", () => {
  const csv = coverageCsv({ names: [entry("=1+1", 3, 1, 2), entry('a,"b"', 1, 0, 1)], not_seen: ["a;=1+1"] });
  assert.deepEqual(csv.split("\n"), [
    '"name","count","valid","warning","invalid","malformed","first_seen","last_seen","problems"',
    `"'=1+1",3,2,0,1,0,"2026-11-21T08:00:00.000Z","2026-11-21T08:00:02.000Z","missing-field /userId ×1"`,
    '"a,""b""",1,1,0,0,0,"2026-11-21T08:00:00.000Z","2026-11-21T08:00:01.000Z",""',
    `"a;'=1+1",0,,,,,,,""`,
  ]);
});
