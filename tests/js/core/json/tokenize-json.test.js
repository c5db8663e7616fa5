import assert from "node:assert/strict";
import { test } from "node:test";

import { markErrors, tokenizeJson } from "../../../../static/js/core/json/tokenize-json.js";

test("coloring keeps every character", () => {
  const text = '{"a": [1, true, "x"], "b';
  const pieces = tokenizeJson(text);
  assert.equal(pieces.map(([, piece]) => piece).join(""), text);
  for (const [, piece, start] of pieces) assert.equal(text.slice(start, start + piece.length), piece);
  const kinds = pieces.filter(([kind]) => kind).map(([kind, piece]) => [kind, piece]);
  assert.deepEqual(kinds, [["key", '"a"'], ["number", "1"], ["literal", "true"], ["string", '"x"'], ["string", '"b']]);
});

test("an error range is cut out of the pieces", () => {
  const pieces = markErrors(tokenizeJson('{"a": 12}'), [[1, 7]]);
  assert.deepEqual(pieces.filter(([, , isWrong]) => isWrong).map(([, text]) => text), ['"a"', ":", " ", "1"]);
  assert.equal(pieces.map(([, text]) => text).join(""), '{"a": 12}');
});
