import assert from "node:assert/strict";
import { test } from "node:test";

import {
  changeLines,
  coverageWords,
  differenceWords,
  expectationFrom,
  runQuery,
  stateWords,
} from "../../../../static/js/features/run/run-messages.js";

test("the query of a run, and of a name in it", () => {
  assert.equal(runQuery("job-17"), "run:job-17");
  assert.equal(runQuery('Release "4" 2', "a b"), 'run:"Release \\"4\\" 2" name:"a b"');
});

test("the result of a name", () => {
  assert.equal(stateWords({ state: "not_seen", count: 0, good: 0 }), "not seen yet");
  assert.equal(stateWords({ state: "invalid", count: 2, good: 0 }), "2 events, none of them good");
  assert.equal(stateWords({ state: "seen", count: 1, good: 1 }), "1 event");
  assert.equal(stateWords({ state: "seen", count: 1200, good: 1000 }), "1,200 events, 1,000 of them good");
});

test("the share of the plan that occurred", () => {
  const of = (planned, seen) => ({ planned, seen });
  assert.equal(coverageWords({ names: of(0, 0), fields: of(0, 0) }), "");
  assert.equal(coverageWords({ names: of(2, 1), fields: of(1, 1) }), "1 of 2 names, 1 of 1 field seen");
});

test("a difference shows the actual value", () => {
  assert.equal(differenceWords({ term: ".a:1", got: "2", hint: "" }), ".a:1: got 2.");
  assert.equal(differenceWords({ term: ".a:1", got: null, hint: "There is no “a”." }), ".a:1: got nothing. There is no “a”.");
});

test("the expectations of a form", () => {
  const form = { kind: "at_least", count: "2", query: "name:a", then: "" };
  assert.deepEqual(expectationFrom(form), { match: "name:a", at_least: 2 });
  assert.deepEqual(expectationFrom({ ...form, kind: "none" }), { none: "name:a" });
  assert.deepEqual(expectationFrom({ ...form, then: "name:b" }), { order: ["name:a", "name:b"], by: "user" });
});

test("the changes of a name, in lines", () => {
  const change = {
    name: "a",
    count: { before: 1, after: 2 },
    verdicts: { before: { valid: 1 }, after: { invalid: 1, valid: 1 } },
    fields_missing: ["/x"],
    fields_extra: ["/y"],
    fields_changed: [{ path: "/z", before: ["a number"], after: ["a number", "a string"] }],
  };
  assert.deepEqual(changeLines(change), [
    "1 → 2 events",
    "valid → invalid, valid",
    "/x is missing",
    "/y is new",
    "/z: a number → a number or a string",
  ]);
  assert.deepEqual(changeLines({ name: "a" }), []);
});
