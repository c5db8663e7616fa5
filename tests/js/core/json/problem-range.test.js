import assert from "node:assert/strict";
import test from "node:test";

import { problemRangeIn } from "../../../../static/js/core/json/problem-range.js";

const cut = (text, problem) => text.slice(...problemRangeIn(text, problem));

test("a field's range extends from its name to the end of its value", () => {
  const text = '\ufeff{ "a" : 1 , "é":{"b": [ 10, "x,y" ]}}';
  assert.equal(cut(text, { path: "/a" }), '"a" : 1');
  assert.equal(cut(text, { path: "/é/b/1" }), '"x,y"');
  assert.equal(cut(text, { path: "/é" }), '"é":{');
});

test("a missing field's range is its parent object", () => {
  assert.equal(cut('{"user":{}}', { path: "/user/id" }), '"user":{');
  assert.equal(cut('{"user":{}}', { path: "/id" }), "{");
});

test("the last of two equal names is the location", () => {
  assert.equal(cut('{"a":1,"a":2}', { path: "/a" }), '"a":2');
});

test("broken text has a location in characters, not code units", () => {
  assert.deepEqual(problemRangeIn('{"😀" 1}', { column: 6 }), [6, 7]);
  assert.equal(cut("{'a'}", { column: 2 }), "'");
});

test("the location is the start where text and problem do not match", () => {
  assert.deepEqual(problemRangeIn("{", { path: "/a" }), [0, 0]);
});
