import assert from "node:assert/strict";
import { test } from "node:test";

import { tokenizeJson, markErrors } from "../../static/js/core/json/tokenize-json.js";
import { completePlan } from "../../static/js/features/plan/complete-plan.js";
import { jsonContextAt } from "../../static/js/core/json/json-caret.js";
import { judgedWords, suspendedWords } from "../../static/js/features/plan/plan-messages.js";

const known = {
  names: ["paid", "signed_up"],
  fields: [{ name: "price" }, { name: "card.kind" }, { name: "card.last4" }],
};

// The caret stands at |.
function at(marked) {
  const caret = marked.indexOf("|");
  return [marked.replace("|", ""), caret];
}

const labels = (marked) => completePlan(...at(marked), known).options.map(({ label }) => label);

test("the way to the string that the caret is in", () => {
  const places = [
    ['{"ev|', [], true, "ev"],
    ['{"events": {"pa|id": {}}}', ["events"], true, "pa"],
    ['{"events": {"paid": {"type": "str|', ["events", "paid", "type"], false, "str"],
    ['{"required_names": ["a", "b|"]}', ["required_names", 1], false, "b"],
    ['{"events": {"a": {"x": 1}, "b": {"req|', ["events", "b"], true, "req"],
    ['{"a": "}{[", "b|', [], true, "b"],
  ];
  for (const [text, path, isKey, part] of places) {
    const place = jsonContextAt(...at(text));
    assert.deepEqual([place.path, place.isKey, place.part], [path, isKey, part], text);
  }
  assert.equal(jsonContextAt(...at('{"a": |1}')), null);
  assert.equal(jsonContextAt(...at('|{"a": 1}')), null);
});

test("what completes the parts, names, keywords, fields and values", () => {
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

test("colours keep every character in its place", () => {
  const text = '{"a": [1, true, "x"], "b';
  const pieces = tokenizeJson(text);
  assert.equal(pieces.map(([, piece]) => piece).join(""), text);
  for (const [, piece, start] of pieces) assert.equal(text.slice(start, start + piece.length), piece);
  const kinds = pieces.filter(([kind]) => kind).map(([kind, piece]) => [kind, piece]);
  assert.deepEqual(kinds, [["key", '"a"'], ["number", "1"], ["literal", "true"], ["string", '"x"'], ["string", '"b']]);
});

test("a wrong place is cut out of the pieces", () => {
  const pieces = markErrors(tokenizeJson('{"a": 12}'), [[1, 7]]);
  assert.deepEqual(pieces.filter(([, , isWrong]) => isWrong).map(([, text]) => text), ['"a"', ":", " ", "1"]);
  assert.equal(pieces.map(([, text]) => text).join(""), '{"a": 12}');
});

test("what a version changed, in a sentence", () => {
  assert.match(judgedWords({ version: 0 }), /No plan yet/);
  const judging = { done: true, looked_at: 1000, seconds: 1.24, moves: [{ from: "valid", to: "invalid", count: 3 }] };
  const told = "Version 2 is in force. 1,000 stored events judged by it in 1.2 s";
  assert.equal(judgedWords({ version: 2, judging }), `${told}: 3 valid → invalid.`);
  assert.equal(judgedWords({ version: 2, judging: { ...judging, moves: [] } }), `${told}: no verdict changed.`);
  assert.match(judgedWords({ version: 2, judging: { done: false } }), /are being judged/);
});

test("why a version is suspended, and what to do", () => {
  assert.equal(suspendedWords({ version: 2, suspended: null }), "");
  const suspended = { at: "2026-11-21T10:00:00.000Z", reason: "Checking took more than 50 ms of processor time." };
  assert.match(suspendedWords({ version: 2, suspended }), /^Version 2 is suspended since .+ more than 50 ms .+ Simplify the plan and save it/);
});
