import assert from "node:assert/strict";
import test from "node:test";

import { arrivalSummary } from "../../../../static/js/features/stream-page/announcer.js";

test("arrivals are announced in one sentence", () => {
  assert.equal(arrivalSummary({ events: 1, faults: 0 }), "1 event.");
  assert.equal(arrivalSummary({ events: 1_204, faults: 3 }), "1,204 events, 3 with faults.");
});
