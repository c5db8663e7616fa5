import assert from "node:assert/strict";
import test from "node:test";

import { problemSummary } from "../../../../static/js/features/event-panel/problem-item.js";

test("problems are summarised by severity", () => {
  const problems = ["error", "warning", "error"].map((severity) => ({ severity }));
  assert.equal(problemSummary(problems), "2 errors, 1 warning");
  assert.equal(problemSummary(problems.slice(1, 2)), "1 warning");
});
