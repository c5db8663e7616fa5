import assert from "node:assert/strict";
import { test } from "node:test";

import { jsonContextAt } from "../../../../static/js/core/json/json-caret.js";

// "|" marks the caret.
function at(marked) {
  const caret = marked.indexOf("|");
  return [marked.replace("|", ""), caret];
}

test("the path to the string that contains the caret", () => {
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
