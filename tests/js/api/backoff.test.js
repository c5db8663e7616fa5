import assert from "node:assert/strict";
import { test } from "node:test";

import { delayBefore } from "../../../static/js/api/backoff.js";

test("waits longer each time, between half a second and ten", () => {
  const longest = [0, 1, 2, 3, 4, 5, 50].map((attempt) => delayBefore(attempt, () => 1));
  assert.deepEqual(longest, [500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  assert.equal(delayBefore(0, () => 0), 250);
});
