import assert from "node:assert/strict";
import test from "node:test";

import { parseJson } from "../../../../static/js/core/json/lossless-json.js";
import { ProblemLocations } from "../../../../static/js/core/json/problem-locations.js";
import { ExpansionState, treeRows } from "../../../../static/js/core/json/tree-rows.js";

const problemAt = (path) => ({ code: "c", severity: "error", path, message: path });

function tree(text, paths = [], unfolding = new ExpansionState()) {
  const root = parseJson(text);
  return treeRows(root, new ProblemLocations(root, paths.map(problemAt)), unfolding);
}

const sketch = (row) =>
  `${" ".repeat(row.level)}${row.kind} ${row.key ?? row.name ?? row.node?.text ?? ""}`.trimEnd();

const marked = (rows) => rows.filter((row) => row.problems?.length);

function opened(text) {
  const root = parseJson(text);
  const unfolding = new ExpansionState();
  const rows = () => treeRows(root, new ProblemLocations(root, []), unfolding);
  for (;;) {
    const closed = rows().find((row) => row.inside && !row.open);
    if (!closed) return rows();
    unfolding.toggle(closed.node, true);
  }
}

test("rows are in the order sent, each at its level", () => {
  assert.deepEqual(tree('{"b":[1],"a":"x"}').map(sketch), [
    "container",
    ' container "b"',
    "  scalar 1",
    " close",
    ' scalar "a"',
    "close",
  ]);
});

test("all but the last row have a comma", () => {
  const rows = tree('{"b":[1,2],"a":{}}');
  const commas = rows.filter((row) => row.comma).map((row) => row.kind);
  assert.deepEqual(commas, ["container", "scalar", "close"]);
});

test("a problem marks its field, one with an empty path the whole event", () => {
  assert.deepEqual(marked(tree('{"a":{"b":1}}', ["/a/b"])).map(sketch), ['  scalar "b"']);
  assert.equal(marked(tree('{"a":1}', [""]))[0].level, 0);
});

test("all problems of a field are kept", () => {
  assert.equal(marked(tree('{"a":1}', ["/a", "/a"]))[0].problems.length, 2);
});

test("a missing field is a ghost row at the end of its object", () => {
  assert.deepEqual(tree('{"user":{"id":1},"x":2}', ["/user/email"]).map(sketch), [
    "container",
    ' container "user"',
    '  scalar "id"',
    "  ghost email",
    " close",
    ' scalar "x"',
    "close",
  ]);
});

test("a field missing in a missing object has one ghost parent", () => {
  const rows = tree("{}", ["/user/id", "/user/email"]);
  assert.deepEqual(rows.map(sketch), ["container", " ghost user", "  ghost id", "  ghost email", "close"]);
  assert.deepEqual(marked(rows).map((row) => row.name), ["id", "email"]);
});

test("a field missing in a scalar marks the scalar", () => {
  assert.deepEqual(marked(tree('{"user":"u"}', ["/user/id"])).map(sketch), [' scalar "user"']);
});

test("the last of two equal keys is marked", () => {
  const rows = marked(tree('{"a":1,"a":2}', ["/a"]));
  assert.deepEqual(rows.map((row) => row.node.text), ["2"]);
});

test("a closed object shows neither its fields nor its end", () => {
  const root = parseJson('{"a":{"b":1}}');
  const unfolding = new ExpansionState();
  unfolding.toggle(root.members[0].value, false);
  const rows = treeRows(root, new ProblemLocations(root, []), unfolding);
  assert.deepEqual(rows.map((row) => row.kind), ["container", "container", "close"]);
});

test("a big array is collapsed, and more of it can be requested", () => {
  const root = parseJson(`[${Array(5_000).fill(1)}]`);
  const unfolding = new ExpansionState();
  const rows = () => treeRows(root, new ProblemLocations(root, []), unfolding);
  assert.equal(rows().length, 103);
  assert.equal(rows().at(-2).count, 4_900);
  unfolding.more(root);
  assert.equal(rows().at(-2).count, 4_400);
});

test("a problem deep in a collapsed array is shown, with the omitted items around it", () => {
  const rows = tree(`[${Array(5_000).fill(1)}]`, ["/3000"]);
  assert.deepEqual(rows.filter((row) => row.kind === "more").map((row) => row.count), [2_900, 1_999]);
  assert.equal(marked(rows).length, 1);
});

test("deeply nested values are closed by default, unless they contain a problem", () => {
  const deep = '{"a":'.repeat(5_000) + "1" + "}".repeat(5_000);
  assert.ok(tree(deep).length < 100);
  assert.equal(marked(tree(deep, ["/a".repeat(5_000)])).length, 1);
});

test("a huge event draws a bounded number of rows", () => {
  const wide = JSON.stringify(Array(100).fill(Array(100).fill([1, 2, 3])));
  assert.ok(tree(wide).length < 2_500);
});

test("an empty object is one row, unless something is missing in it", () => {
  assert.deepEqual(tree('{"a":{}}').map((row) => row.kind), ["container", "container", "close"]);
  assert.deepEqual(tree('{"a":{}}', ["/a/b"]).map((row) => row.kind), ["container", "container", "ghost", "close", "close"]);
});

test("a string that contains JSON is closed by default, and stays as sent", () => {
  const text = String.raw`{"a":"{\"n\":1.0}","b":1}`;
  assert.deepEqual(tree(text).map(sketch), ["container", String.raw` scalar "a"`, ` scalar "b"`, "close"]);
  const rows = opened(text);
  assert.deepEqual(rows.map(sketch), [
    "container", ' scalar "a"', "  container", '   scalar "n"', "  close", ' scalar "b"', "close",
  ]);
  assert.equal(rows[1].node.text, String.raw`"{\"n\":1.0}"`);
  assert.deepEqual(rows.map((row) => row.comma ?? false), [false, true, false, false, false, false, false]);
});

test("JSON inside a string is as lossless as the event", () => {
  const inner = '{ "n":1.0, "n":1e3,"big":12345678901234567890,"u":"\\u00e9" }';
  const rows = opened(JSON.stringify({ a: inner }));
  const scalars = rows.filter((row) => row.kind === "scalar").slice(1);
  assert.deepEqual(scalars.map((row) => `${row.key}:${row.node.text}`), [
    '"n":1.0', '"n":1e3', '"big":12345678901234567890', '"u":"\\u00e9"',
  ]);
});

test("JSON in a string in a string is opened step by step", () => {
  const rows = opened(JSON.stringify([JSON.stringify([JSON.stringify([7])])]));
  assert.deepEqual(rows.filter((row) => row.isInside).map((row) => row.level), [2, 4]);
  assert.equal(rows.find((row) => row.node?.text === "7").level, 5);
});

test("a string that only begins like JSON is a string", () => {
  for (const text of ["{", "{a}", "[1,]", "[x]", "{} {}", "1", "null", '"a"', ""]) {
    assert.equal(tree(JSON.stringify([text]))[1].inside, null, text);
  }
});
