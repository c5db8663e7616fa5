import assert from "node:assert/strict";
import test from "node:test";

import { replyOf } from "../../../../static/js/features/event-panel/event-facts.js";

const event = (verdict, basis, status = 200) => ({ status, verdict, problems: [{ severity: "error", basis }] });

test("a reply says what the vendor does with an invalid event", () => {
  assert.equal(replyOf(event("invalid", "documented")), "200, but the vendor discards it");
  assert.equal(replyOf(event("invalid", "plan")), "200: the vendor accepts it, but it does not fit the tracking plan");
  assert.equal(replyOf({ status: 200, verdict: "valid", problems: [] }), "200");
});

test("a refusal hides no fault", () => {
  assert.equal(replyOf(event("invalid", "documented", 400)), "400");
});
