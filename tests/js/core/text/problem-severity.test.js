import assert from "node:assert/strict";
import test from "node:test";

import { isDiscarded, leadingProblem, ruleBasis } from "../../../../static/js/core/text/problem-severity.js";

test("if there is room for one problem, an error precedes a warning", () => {
  const [warning, error] = [{ severity: "warning" }, { severity: "error" }];
  assert.equal(leadingProblem([warning, error]), error);
  assert.equal(leadingProblem([warning]), warning);
  assert.equal(leadingProblem([]), undefined);
});

test("a rule's basis is described in words", () => {
  assert.equal(ruleBasis({ basis: "documented" }), "documented by the vendor");
  assert.equal(ruleBasis({ basis: "rebuilt" }), "inferred from client libraries");
  assert.equal(ruleBasis({}), "");
});

test("an event is discarded for an error of the vendor's rules alone", () => {
  const of = (severity, basis) => ({ severity, basis });
  assert.equal(isDiscarded({ verdict: "malformed", problems: [] }), true);
  assert.equal(isDiscarded({ verdict: "invalid", problems: [of("error", "plan"), of("error", "rebuilt")] }), true);
  assert.equal(isDiscarded({ verdict: "invalid", problems: [of("error", "plan"), of("warning", "documented")] }), false);
  assert.equal(isDiscarded({ verdict: "valid", problems: [] }), false);
});
