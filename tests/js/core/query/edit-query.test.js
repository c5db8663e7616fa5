import assert from "node:assert/strict";
import test from "node:test";

import { addTerm, removeTerm, toggleNegation } from "../../../../static/js/core/query/edit-query.js";

test("removing a term also removes its OR", () => {
  assert.equal(removeTerm("a  b OR c d", 1), "a c d");
  assert.equal(removeTerm("a b OR c d", 0), "b OR c d");
  assert.equal(removeTerm("a", 0), "");
});

test("a term is negated and back", () => {
  assert.equal(toggleNegation("a -b OR c", 1), "a b OR c");
  assert.equal(toggleNegation('a "b c"', 1), 'a -"b c"');
});

test("a term is added once and replaces its negation", () => {
  assert.equal(addTerm("", "a:1"), "a:1");
  assert.equal(addTerm("x ", "a:1"), "x a:1");
  assert.equal(addTerm("x a:1", "a:1"), "x a:1");
  assert.equal(addTerm("x -a:1 y", "a:1"), "x y a:1");
  assert.equal(addTerm("a:1", "-a:1"), "-a:1");
  assert.equal(addTerm("a:1 OR b:2", "-a:1"), "a:1 OR b:2 -a:1");
});
