import assert from "node:assert/strict";
import test from "node:test";

import { locateProblems, validationSummary, worstVerdict } from "../../../../static/js/features/event-editor/validation-result.js";

const balance = (counts) => ({ received: 0, valid: 0, warning: 0, invalid: 0, malformed: 0, ...counts });

test("the problems of several lines are at their own lines", () => {
  const events = ["{}", "{ ", "{}"].map((raw) => ({ raw, problems: [{ column: 1 }] }));
  const found = locateProblems("{}\n{ \n{}", { events, problems: [] });
  assert.deepEqual(found.map(({ place }) => place), [[0, 1], [3, 4], [6, 7]]);
  assert.equal(found[1].words, "line 2: character 1");
});

test("the worst verdict comes first, and the others are counted", () => {
  const events = ["malformed", "valid", "valid"].map((verdict) => ({ verdict, problems: [] }));
  const answer = { status: 200, balance: balance({ received: 3, valid: 2, malformed: 1 }), events };
  assert.equal(worstVerdict(answer), "malformed");
  assert.equal(validationSummary(answer), "3 events: 1 malformed, 2 valid. The sender would get 200, but the vendor would discard 1 of them.");
});

test("a refusal of the whole body is shown", () => {
  const answer = { status: 400, balance: balance({}) };
  assert.equal(worstVerdict(answer), "refused");
  assert.equal(validationSummary(answer), "0 events. The sender would get 400.");
});

const invalid = (...bases) => ({ verdict: "invalid", problems: bases.map((basis) => ({ severity: "error", basis })) });
const fateOf = (received, ...events) =>
  validationSummary({ status: 200, balance: balance({ received, invalid: received }), events }).split(". ").at(-1);

test("the vendor discards an event for its own rules, not for the tracking plan", () => {
  assert.equal(fateOf(1, invalid("rebuilt")), "The sender would get 200, but the vendor would discard the event.");
  const accepted = "The sender would get 200, and the vendor would accept what does not fit the tracking plan.";
  assert.equal(fateOf(1, invalid("plan")), accepted);
  assert.match(fateOf(3, invalid("plan"), invalid("plan", "documented"), invalid("plan")), /discard 1 of them/);
});

test("events that the answer leaves out are not guessed", () => {
  assert.match(fateOf(3, invalid("documented")), /discard at least 1 of them/);
});
