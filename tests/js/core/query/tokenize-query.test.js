import assert from "node:assert/strict";
import test from "node:test";

import { parseQuery } from "../../../../static/js/core/query/parse-query.js";
import { tokenizeQuery } from "../../../../static/js/core/query/tokenize-query.js";

test("the pieces of a query add up to its text", () => {
  for (const text of ['-name:"a b" OR x >', "a verdict:odd b", "", "  x  ", "name:", 'a "b']) {
    const { terms, mistake } = parseQuery(text);
    const pieces = tokenizeQuery(text, terms, mistake);
    assert.equal(pieces.map(([, piece]) => piece).join("").trimEnd(), text.trimEnd());
  }
  const pieces = tokenizeQuery("-name:x y", parseQuery("-name:x y").terms, null);
  assert.deepEqual(pieces.slice(0, 6), [["not", "-"], ["field", "name"], ["operator", ":"], ["value", "x"], ["", " "], ["free", "y"]]);
});

test("the location of an error is marked, even after the end", () => {
  const marked = (text, mistake) => tokenizeQuery(text, parseQuery(text).terms, mistake).find(([kind]) => kind === "mistake")[1];
  assert.equal(marked("a verdict:odd b", { at: 10 }), "odd");
  assert.equal(marked("name:", { at: 5 }), " ");
});
