import assert from "node:assert/strict";
import test from "node:test";

import { followPointer, pointerSteps } from "../../../../static/js/core/json/json-pointer.js";
import { parseJson } from "../../../../static/js/core/json/lossless-json.js";

test("a pointer is cut into unescaped steps", () => {
  assert.deepEqual(pointerSteps(""), []);
  assert.deepEqual(pointerSteps("/user/id"), ["user", "id"]);
  assert.deepEqual(pointerSteps("/a~1b/~01/"), ["a/b", "~1", ""]);
});

test("a pointer is followed to its node", () => {
  const root = parseJson('{"user":{"ids":[1,{"a/b":"x"}]}}');
  const { nodes, rest } = followPointer(root, "/user/ids/1/a~1b");
  assert.equal(nodes.at(-1).text, '"x"');
  assert.equal(nodes.length, 5);
  assert.deepEqual(rest, []);
});

test("steps that lead nowhere are left over", () => {
  const root = parseJson('{"user":"u-1"}');
  assert.deepEqual(followPointer(root, "/company/id").rest, ["company", "id"]);
  assert.deepEqual(followPointer(root, "/user/id").rest, ["id"]);
  assert.equal(followPointer(root, "/user/id").nodes.length, 2);
});

test("of two equal keys the last one counts", () => {
  assert.equal(followPointer(parseJson('{"a":1,"a":2}'), "/a").nodes.at(-1).text, "2");
});

test("an array takes only indexes", () => {
  const root = parseJson("[1,2]");
  assert.equal(followPointer(root, "/1").nodes.at(-1).text, "2");
  for (const step of ["2", "01", "-1", "-", "length", ""]) {
    assert.equal(followPointer(root, `/${step}`).nodes.length, 1);
  }
});
