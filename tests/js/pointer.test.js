import assert from "node:assert/strict";
import test from "node:test";

import { parse } from "../../static/js/core/json/lossless-json.js";
import { follow, steps } from "../../static/js/core/json/json-pointer.js";

test("a pointer is cut into unescaped steps", () => {
  assert.deepEqual(steps(""), []);
  assert.deepEqual(steps("/user/id"), ["user", "id"]);
  assert.deepEqual(steps("/a~1b/~01/"), ["a/b", "~1", ""]);
});

test("a pointer is followed to its node", () => {
  const root = parse('{"user":{"ids":[1,{"a/b":"x"}]}}');
  const { way, rest } = follow(root, "/user/ids/1/a~1b");
  assert.equal(way.at(-1).text, '"x"');
  assert.equal(way.length, 5);
  assert.deepEqual(rest, []);
});

test("steps that lead nowhere are left over", () => {
  const root = parse('{"user":"u-1"}');
  assert.deepEqual(follow(root, "/company/id").rest, ["company", "id"]);
  assert.deepEqual(follow(root, "/user/id").rest, ["id"]);
  assert.equal(follow(root, "/user/id").way.length, 2);
});

test("of two equal keys the last one counts", () => {
  assert.equal(follow(parse('{"a":1,"a":2}'), "/a").way.at(-1).text, "2");
});

test("an array takes only indexes", () => {
  const root = parse("[1,2]");
  assert.equal(follow(root, "/1").way.at(-1).text, "2");
  for (const step of ["2", "01", "-1", "-", "length", ""]) {
    assert.equal(follow(root, `/${step}`).way.length, 1);
  }
});
