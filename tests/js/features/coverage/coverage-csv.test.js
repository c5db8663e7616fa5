import assert from "node:assert/strict";
import test from "node:test";

import { coverageCsv } from "../../../../static/js/features/coverage/coverage-csv.js";

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

const names = (entries) => entries.map(({ name }) => name);

test("the table as CSV, with names that did not occur, safe in a spreadsheet", () => {
  const csv = coverageCsv({ names: [entry("=1+1", 3, 1, 2), entry('a,"b"', 1, 0, 1)], not_seen: ["a;=1+1"] });
  assert.deepEqual(csv.split("\n"), [
    '"name","count","valid","warning","invalid","malformed","first_seen","last_seen","problems"',
    `"'=1+1",3,2,0,1,0,"2026-11-21T08:00:00.000Z","2026-11-21T08:00:02.000Z","missing-field /userId ×1"`,
    '"a,""b""",1,1,0,0,0,"2026-11-21T08:00:00.000Z","2026-11-21T08:00:01.000Z",""',
    `"a;'=1+1",0,,,,,,,""`,
  ]);
});
