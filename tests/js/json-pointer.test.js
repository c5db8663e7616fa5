import assert from "node:assert/strict";
import test from "node:test";

import { followPointer, pointerSteps } from "../../static/js/core/json/json-pointer.js";
import { parseJson } from "../../static/js/core/json/lossless-json.js";

test("a pointer is split into unescaped steps", () => {
  assert.deepEqual(pointerSteps(""), []);
  assert.deepEqual(pointerSteps("/user/id"), ["user", "id"]);
  assert.deepEqual(pointerSteps("/a~1b/~01/"), ["a/b", "~1", ""]);
});

test("a pointer is followed to its node", () => {
  const root = parseJson('{"user":{"ids":[1,{"a/b":"x"}]}}');
  const { way, rest } = followPointer(root, "/user/ids/1/a~1b");
  assert.equal(way.at(-1).text, '"x"');
  assert.equal(way.length, 5);
  assert.deepEqual(rest, []);
});

test("unresolved steps are returned", () => {
  const root = parseJson('{"user":"u-1"}');
  assert.deepEqual(followPointer(root, "/company/id").rest, ["company", "id"]);
  assert.deepEqual(followPointer(root, "/user/id").rest, ["id"]);
  assert.equal(followPointer(root, "/user/id").way.length, 2);
});

test("the last of two equal keys counts", () => {
  assert.equal(followPointer(parseJson('{"a":1,"a":2}'), "/a").way.at(-1).text, "2");
});

test("an array takes only indexes", () => {
  const root = parseJson("[1,2]");
  assert.equal(followPointer(root, "/1").way.at(-1).text, "2");
  for (const step of ["2", "01", "-1", "-", "length", ""]) {
    assert.equal(followPointer(root, `/${step}`).way.length, 1);
  }
});
