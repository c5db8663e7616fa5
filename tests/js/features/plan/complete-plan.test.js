import assert from "node:assert/strict";
import { test } from "node:test";

import { completePlan } from "../../../../static/js/features/plan/complete-plan.js";

const known = {
  names: ["paid", "signed_up"],
  fields: [{ name: "price" }, { name: "card.kind" }, { name: "card.last4" }],
};

// "|" marks the caret.
function at(marked) {
  const caret = marked.indexOf("|");
  return [marked.replace("|", ""), caret];
}

const labels = (marked) => completePlan(...at(marked), known).options.map(({ label }) => label);

test("the options for parts, names, keywords, fields and values", () => {
  assert.deepEqual(labels('{"|'), ["events", "required_names", "unknown_names"]);
  assert.deepEqual(labels('{"unknown_names": "|"'), ["allowed", "warning", "error"]);
  assert.deepEqual(labels('{"required_names": ["|'), ["paid", "signed_up"]);
  assert.deepEqual(labels('{"events": {"p|'), ["paid", "signed_up"]);
  assert.deepEqual(labels('{"events": {"paid": {"ty|'), ["type", "x-severity"]);
  assert.deepEqual(labels('{"events": {"paid": {"type": "nu|'), ["number", "null"]);
  assert.deepEqual(labels('{"events": {"paid": {"properties": {"|'), ["price", "card"]);
  assert.deepEqual(labels('{"events": {"paid": {"required": ["|'), ["price", "card"]);
  assert.deepEqual(labels('{"events": {"paid": {"properties": {"card": {"properties": {"|'), ["kind", "last4"]);
  assert.deepEqual(labels('{"other": {"|'), []);
});
