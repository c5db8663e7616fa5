import assert from "node:assert/strict";
import test from "node:test";

import { excerpt, lineAndColumn, unitIndex } from "../../../../static/js/core/text/excerpt.js";

test("the location is the character at the column, counted from 1", () => {
  const { left, character, right, number } = excerpt('{"a" 1}', 6);
  assert.deepEqual([left, character, right, number], ['{"a" ', "1", "}", 1]);
});

test("a column counts characters, not UTF-16 units", () => {
  assert.equal(unitIndex("😀x", 2), 2);
  assert.equal(excerpt("😀x", 2).character, "x");
  assert.equal(excerpt("x😀", 2).character, "😀");
});

test("a location at the end has no character", () => {
  assert.deepEqual(excerpt('{"a":1', 7), {
    number: 1, above: [], left: '{"a":1', character: "", right: "", below: [],
  });
  assert.equal(excerpt("", 1).character, "");
  assert.equal(excerpt("ab", 900).left, "ab");
});

test("a long line is cut on both sides of the location", () => {
  const { left, character, right } = excerpt("a".repeat(5_000) + "!" + "b".repeat(5_000), 5_001);
  assert.equal(character, "!");
  assert.equal(left, `…${"a".repeat(70)}`);
  assert.equal(right, `${"b".repeat(90)}…`);
});

test("among several lines, those around the location are shown", () => {
  const found = excerpt("1\n2\n3\n4\nfive\n6\n7", 10);
  assert.equal(found.number, 5);
  assert.deepEqual(found.above, ["2", "3", "4"]);
  assert.deepEqual([found.left, found.character, found.right], ["f", "i", "ve"]);
  assert.deepEqual(found.below, ["6", "7"]);
});

test("a location on a line break belongs to the line it ends", () => {
  assert.equal(excerpt("ab\ncd", 3).left, "ab");
  assert.equal(excerpt("\nab", 1).number, 1);
});

test("lines and columns count from 1", () => {
  assert.deepEqual(lineAndColumn("ab\nc😀d", 0), { line: 1, column: 1 });
  assert.deepEqual(lineAndColumn("ab\nc😀d", 6), { line: 2, column: 3 });
});
