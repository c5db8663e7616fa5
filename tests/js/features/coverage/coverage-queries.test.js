import assert from "node:assert/strict";
import test from "node:test";

import { nameQuery, problemQuery, verdictQuery } from "../../../../static/js/features/coverage/coverage-queries.js";

test("a click filters by its cell", () => {
  assert.equal(nameQuery("feature"), "name:feature");
  assert.equal(nameQuery("Ada L*"), 'name:"Ada L*"');
  assert.equal(nameQuery('say "hi" \\'), 'name:"say \\"hi\\" \\\\"');
  assert.equal(nameQuery(null), "-name:*");
  assert.equal(verdictQuery("feature", "invalid"), "name:feature verdict:invalid");
  const missing = { code: "missing-field", path: "/userId" };
  assert.equal(problemQuery("feature", missing), "name:feature problem:missing-field@/userId");
  assert.equal(problemQuery(null, { code: "not-json", path: "" }), "-name:* problem:not-json");
});
