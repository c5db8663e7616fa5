import assert from "node:assert/strict";
import test from "node:test";

import { dottedPathsIn, pathValuesIn, pathValuesOf } from "../../../../static/js/features/columns/path-values.js";

const valueIn = (raw, path) => pathValuesIn(raw, [path])[0];

test("a dotted path resolves through objects and arrays", () => {
  const raw = '{"a":{"b":[{"c":"deep"},2]},"n":null}';
  assert.deepEqual(pathValuesIn(raw, ["a.b.0.c", "a.b.1", "n", "a.x", "a.b.c"]), ["deep", "2", "null", "", ""]);
});

test("numbers keep their digits, strings lose quotes and escapes, objects are compact", () => {
  const raw = '{"n":12345678901234567890.10,"s":"a\\u0041\\n","o": { "x" : 1.0, "y" : [ "z" ] },"e":{}}';
  assert.deepEqual(pathValuesIn(raw, ["n", "s", "o", "e"]), [
    "12345678901234567890.10", "aA\n", '{"x":1.0,"y":["z"]}', "{}",
  ]);
});

test("a key can contain dots, and the last of two equal keys counts", () => {
  assert.equal(valueIn('{"a.b":{"c":1}}', "a.b.c"), "1");
  assert.equal(valueIn('{"a":{"x":0},"a.b":2}', "a.b"), "2");
  assert.equal(valueIn('{"a":1,"a":2}', "a"), "2");
  assert.equal(valueIn('{"__proto__":{"x":3}}', "__proto__.x"), "3");
});

test("JSON inside a string is parsed", () => {
  assert.equal(valueIn('{"payload":"{\\"plan\\":\\"pro\\"}"}', "payload.plan"), "pro");
});

test("long, wide or deep values are cut", () => {
  assert.equal(valueIn(`{"s":"${"x".repeat(5_000)}"}`, "s").length, 201);
  assert.ok(valueIn(`{"a":[${"1,".repeat(999)}1]}`, "a").endsWith(",…]"));
  assert.equal(valueIn(`{"a":${"[".repeat(50_000)}${"]".repeat(50_000)}}`, "a"), "[[[[[…]]]]]");
});

test("malformed text has no values, and an event that is not loaded has none yet", () => {
  assert.equal(valueIn('{"a":1', "a"), "");
  assert.equal(pathValuesOf({ raw: null }, ["a"]), undefined);
  const event = { raw: '{"a":1,"b":2}' };
  assert.equal(pathValuesOf(event, ["a"]).get("a"), "1");
  assert.equal(pathValuesOf(event, ["b"]).get("b"), "2");
});

test("the most frequent fields are suggested first", () => {
  const events = ['{"a":1,"p":{"plan":1}}', '{"p":{"plan":2}}', "oops", '{"p":{}}', null].map((raw) => ({ raw }));
  assert.deepEqual(dottedPathsIn(events), ["p", "p.plan", "a"]);
});
