import assert from "node:assert/strict";
import test from "node:test";

import { formatBytes, formatCount, pluralize } from "../../../../static/js/core/text/format-count.js";

test("counts have separators and a noun", () => {
  assert.equal(formatCount(1_204), "1,204");
  assert.equal(pluralize(1, "event"), "1 event");
  assert.equal(pluralize(1_512, "event"), "1,512 events");
});

test("sizes have a readable unit", () => {
  assert.deepEqual([0, 212, 1_536, 15_000, 1_048_576].map(formatBytes), ["0 B", "212 B", "1.5 KB", "15 KB", "1.0 MB"]);
});
