import assert from "node:assert/strict";
import test from "node:test";

import { longestCommonSubsequence } from "../../../../static/js/core/text/lcs.js";
import { diffText } from "../../../../static/js/core/text/text-diff.js";

test("a longest common part is found, and long ones in time", () => {
  const found = longestCommonSubsequence([..."xaybzc"], [..."abc"]);
  assert.deepEqual(found, [[1, 0], [3, 1], [5, 2]]);
  const start = performance.now();
  diffText("a b ".repeat(250_000), "b c ".repeat(250_000));
  assert.ok(performance.now() - start < 20_000);
});
