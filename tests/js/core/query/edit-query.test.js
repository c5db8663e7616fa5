import assert from "node:assert/strict";
import test from "node:test";

import { addTerm, onlyValueOf, removeTerm, toggleColumn, toggleNegation } from "../../../../static/js/core/query/edit-query.js";

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

test("a column is filtered by one value, and no longer by it", () => {
  assert.equal(toggleColumn("", "verdict", "valid"), "verdict:valid");
  assert.equal(toggleColumn("name:a verdict:valid x", "verdict", "invalid"), "name:a x verdict:invalid");
  assert.equal(toggleColumn("verdict:valid OR verdict:warning x", "verdict", "warning"), "x verdict:warning");
  assert.equal(toggleColumn("x verdict:valid", "verdict", "valid"), "x");
  assert.equal(toggleColumn("-verdict:valid .verdict:1", "verdict", "valid"), "-verdict:valid .verdict:1 verdict:valid");
  assert.equal(toggleColumn('"unclosed', "verdict", "valid"), "verdict:valid");
});

test("the value of a column is known if it is the only one", () => {
  assert.equal(onlyValueOf("a verdict:valid", "verdict"), "valid");
  assert.equal(onlyValueOf("a -verdict:valid", "verdict"), null);
  assert.equal(onlyValueOf("verdict:valid verdict:invalid", "verdict"), null);
  assert.equal(onlyValueOf('verdict:"', "verdict"), null);
});
