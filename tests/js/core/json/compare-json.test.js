import assert from "node:assert/strict";
import test from "node:test";

import { compareJson } from "../../../../static/js/core/json/compare-json.js";
import { parseJson } from "../../../../static/js/core/json/lossless-json.js";

const between = (left, right) => compareJson(parseJson(left), parseJson(right));

// "kind key left right" of each row, indented by level; collapsed rows by their number.
function drawn(left, right) {
  const textOf = (node) => (node ? (node.text ?? node.kind) : "");
  return between(left, right).rows.map((row) => {
    const { kind, level, key = "", left, right, node, rows } = row;
    const values = rows ? [rows.length] : [textOf(left ?? node), textOf(right)];
    return "  ".repeat(level) + [kind, key, ...values].filter((part) => part !== "").join(" ");
  });
}

test("members are compared by their key, whatever their order", () => {
  assert.deepEqual(drawn('{"a":1,"b":2,"c":3}', '{"c":3,"b":5,"a":1}'), [
    "open object object",
    '  same "a" 1 1',
    '  changed "b" 2 5',
    '  same "c" 3 3',
    "close object object",
  ]);
  assert.equal(between('{"a":{"x":1,"y":2}}', '{"a":{"y":2,"x":1}}').differences, 0);
});

test("members on one side only are in their own place", () => {
  assert.deepEqual(drawn('{"a":1,"gone":2,"z":3}', '{"first":0,"a":1,"new":4,"z":3}'), [
    "open object object",
    '  right "first" 0',
    '  same "a" 1 1',
    '  right "new" 4',
    '  left "gone" 2',
    '  same "z" 3 3',
    "close object object",
  ]);
});

test("more than a few equal members are collapsed", () => {
  const keys = (n) => Array.from({ length: n }, (_, at) => `"k${at}":${at}`);
  assert.deepEqual(drawn(`{${keys(14)},"x":1}`, `{${keys(14)},"x":2}`), [
    "open object object",
    "  fold 14",
    '  changed "x" 1 2',
    "close object object",
  ]);
  const { rows } = between('{"o":{"deep":1},"x":1}', '{"o":{"deep":1},"x":2}');
  assert.equal(rows[1].kind, "fold");
  assert.equal(rows[1].of, "object");
});

test("nested differences are at their own path", () => {
  const { rows, differences } = between('{"o":{"p":{"q":1}},"l":[1]}', '{"o":{"p":{"q":2}},"l":[1,2]}');
  assert.equal(differences, 2);
  assert.deepEqual(rows.filter(({ kind }) => kind === "changed").map(({ key, level }) => [key, level]), [['"q"', 3]]);
});

test("an item inserted into a list leaves the others equal", () => {
  assert.deepEqual(drawn("[1,2,3,4]", "[1,9,2,3,4]"), [
    "open array array",
    "  same 1 1",
    "  right 9",
    "  fold 3",
    "close array array",
  ]);
  assert.equal(between('[{"id":1},{"id":2}]', '[{"id":1},{"id":3}]').differences, 1);
});

test("numbers are compared digit by digit as sent", () => {
  assert.equal(between("[12345678901234567890]", "[12345678901234567891]").differences, 1);
  assert.equal(between('{"a":1}', '{"a":1.0}').differences, 1);
  assert.equal(between('{"a":"\\u0061"}', '{"a":"a"}').differences, 1);
});

test("duplicate keys are compared in their order", () => {
  assert.deepEqual(drawn('{"a":1,"a":2}', '{"a":1,"a":3,"a":4}'), [
    "open object object",
    '  same "a" 1 1',
    '  changed "a" 2 3',
    '  right "a" 4',
    "close object object",
  ]);
  assert.equal(between('{"__proto__":1}', '{"__proto__":2}').differences, 1);
});

test("a different type is one difference, whatever its size", () => {
  assert.deepEqual(drawn('{"a":[1,2,3]}', '{"a":{"x":1}}'), [
    "open object object",
    '  changed "a" array object',
    "close object object",
  ]);
  assert.deepEqual(drawn("[1]", '{"a":1}'), ["changed array object"]);
});

test("deep nesting, many keys and long lists are compared in time", () => {
  const deep = (value) => "[".repeat(20_000) + value + "]".repeat(20_000);
  const keys = (step) => `{${Array.from({ length: 5_000 }, (_, at) => `"k${at}":${at * step}`)}}`;
  const list = (step) => `[${Array.from({ length: 50_000 }, (_, at) => at * step)}]`;
  const start = performance.now();
  assert.equal(between(deep(1), deep(2)).differences, 1);
  assert.equal(between(keys(1), keys(2)).differences, 4_999);
  assert.equal(between(list(1), list(2)).differences, 49_999);
  assert.ok(performance.now() - start < 20_000);
});
