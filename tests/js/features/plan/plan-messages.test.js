import assert from "node:assert/strict";
import { test } from "node:test";

import { inferredWords, judgedWords, suspendedWords } from "../../../../static/js/features/plan/plan-messages.js";

// "|" marks the caret.
function at(marked) {
  const caret = marked.indexOf("|");
  return [marked.replace("|", ""), caret];
}

test("the changes of a version in one sentence", () => {
  assert.match(judgedWords({ version: 0 }), /No plan yet/);
  const judging = { done: true, looked_at: 1000, seconds: 1.24, moves: [{ from: "valid", to: "invalid", count: 3 }] };
  const message = "Version 2 is in force. 1,000 stored events re-validated in 1.2 s";
  assert.equal(judgedWords({ version: 2, judging }), `${message}: 3 valid → invalid.`);
  assert.equal(judgedWords({ version: 2, judging: { ...judging, moves: [] } }), `${message}: no verdict changed.`);
  assert.match(judgedWords({ version: 2, judging: { done: false } }), /are being re-validated/);
});

test("the reason why a version is suspended, and the remedy", () => {
  assert.equal(suspendedWords({ version: 2, suspended: null }), "");
  const suspended = { at: "2026-11-21T10:00:00.000Z", reason: "Checking took more than 50 ms of processor time." };
  assert.match(suspendedWords({ version: 2, suspended }), /^Version 2 is suspended since .+ more than 50 ms .+ Simplify the plan and save it/);
});

test("an inferred plan says what was left out, and why", () => {
  const none = { invalid: 0, malformed: 0, unnamed: 0, too_large: 0, too_many_names: 0 };
  const used = { events: 15, names: 11 };
  assert.equal(inferredWords({ ...used, left_out: none }), "Inferred from 15 events with 11 names. Review it, then save.");
  assert.equal(
    inferredWords({ ...used, left_out: { ...none, invalid: 1, malformed: 2 } }),
    "Inferred from 15 events with 11 names. 3 events were left out: 1 invalid by the vendor’s rules, 2 malformed. Review it, then save.",
  );
  assert.equal(inferredWords({ events: 0, names: 0, left_out: none }), "No events to infer from: send some first.");
  assert.equal(
    inferredWords({ events: 0, names: 0, left_out: { ...none, invalid: 1 } }),
    "No event can be used. 1 event was left out: 1 invalid by the vendor’s rules.",
  );
});
