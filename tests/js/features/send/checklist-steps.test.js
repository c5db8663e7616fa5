import assert from "node:assert/strict";
import { test } from "node:test";

import { checklistSteps, failureReason } from "../../../../static/js/features/send/checklist-steps.js";

test("the checklist begins with the page's own connection", () => {
  const states = (line) => checklistSteps(line, null).map(({ state }) => state).join(" ");
  assert.equal(states("live"), "done open open open open open open");
  assert.equal(states("connecting"), "open open open open open open open");
  assert.equal(states("reconnecting"), "failed open open open open open open");
  assert.equal(checklistSteps("reconnecting", null)[0].message, "The server does not answer.");
  assert.match(checklistSteps("signed-out", null)[0].hint, /^Sign in again/);
});

test("steps of the server follow, each with its title", () => {
  const steps = [{ name: "request", state: "done" }, { name: "keys", state: "failed", message: "No.", hint: "Yes." }];
  const [, request, keys] = checklistSteps("live", { steps });
  assert.deepEqual([request.title, request.message, keys.title], ["Request seen", "", "Keys accepted"]);
  assert.equal(failureReason({ steps }), "No. Yes.");
  assert.equal(failureReason({ steps: steps.slice(0, 1) }), "");
  assert.equal(failureReason(null), "");
});
