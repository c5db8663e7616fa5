import assert from "node:assert/strict";
import test from "node:test";

import { completeQuery } from "../../static/js/core/query/complete-query.js";
import { filterableCell, filterableNode, pathToNode, filterableValues } from "../../static/js/core/query/filterable-values.js";
import { parseQuery } from "../../static/js/core/query/parse-query.js";
import { tokenizeQuery } from "../../static/js/core/query/tokenize-query.js";
import { highlightTerms } from "../../static/js/core/query/highlight-terms.js";
import { parseJson } from "../../static/js/core/json/lossless-json.js";

const FIELDS = [
  { name: "verdict", values: [["invalid", 12], ["valid", 0]] },
  { name: "name", values: [["feature", 9], ["page view", 3]] },
  { name: "time", values: [] },
  { name: "userId", values: [["u-1", 2]] },
  { name: 'properties."first name"', values: [["Ada", 1]] },
];

// The text as it would be after the choice of an option, "|" being the caret before it.
function completed(marked, label) {
  const caret = marked.indexOf("|");
  const text = marked.replace("|", "");
  const { from, to, options } = completeQuery(text, caret, FIELDS);
  const { insert } = options.find((option) => option.label === label);
  return text.slice(0, from) + insert + text.slice(to);
}

const labels = (marked) =>
  completeQuery(marked.replace("|", ""), marked.indexOf("|"), FIELDS).options.map(({ label }) => label);

test("a word becomes a name, those that begin with it first", () => {
  assert.deepEqual(labels("na|"), ["name", 'properties."first name"']);
  assert.equal(completed("a OR -na| b", "name"), "a OR -name: b");
  assert.equal(labels("|").length, FIELDS.length);
});

test("a word becomes a value that holds it", () => {
  assert.deepEqual(labels("view|"), ["name:page view"].map(() => 'name:"page view"'));
  assert.equal(completed("-view|", '-name:"page view"'), '-name:"page view" ');
});

test("after the operator the values of the field are told, the most frequent first", () => {
  assert.deepEqual(labels("name:|"), ["name:feature", 'name:"page view"', "name:*"]);
  assert.deepEqual(labels("userId:u|"), ["userId:u-1"]);
  assert.equal(completed('x properties."first name":A|da y', 'properties."first name":Ada'), 'x properties."first name":Ada  y');
});

test("a value in quotes is one word up to its end", () => {
  assert.equal(completed('name:"page v|iew" x', 'name:"page view"'), 'name:"page view"  x');
});

test("times are told as spans up to now", () => {
  assert.equal(completed("time:|", "time>-5m"), "time>-5m ");
  assert.equal(completed("-time>-1|", "time>-1h"), "-time>-1h ");
});

test("nothing is told of what nobody knows", () => {
  for (const text of ["unknown:x|", "total>|", '"free te|', "(|"]) assert.deepEqual(labels(text), []);
});

test("a query is cut into pieces that are the whole of it", () => {
  for (const text of ['-name:"a b" OR x >', "a verdict:odd b", "", "  x  ", "name:", 'a "b']) {
    const { terms, mistake } = parseQuery(text);
    const pieces = tokenizeQuery(text, terms, mistake);
    assert.equal(pieces.map(([, piece]) => piece).join("").trimEnd(), text.trimEnd());
  }
  const pieces = tokenizeQuery("-name:x y", parseQuery("-name:x y").terms, null);
  assert.deepEqual(pieces.slice(0, 6), [["not", "-"], ["field", "name"], ["operator", ":"], ["value", "x"], ["", " "], ["free", "y"]]);
});

test("the place of a mistake is marked, also behind the end", () => {
  const marked = (text, mistake) => tokenizeQuery(text, parseQuery(text).terms, mistake).find(([kind]) => kind === "mistake")[1];
  assert.equal(marked("a verdict:odd b", { at: 10 }), "odd");
  assert.equal(marked("name:", { at: 5 }), " ");
});

test("marked is what is asked for, not what is left out or compared", () => {
  const wanted = highlightTerms('zoë name:fe*t -user:u total>3 .name:x x:* "a*"');
  assert.deepEqual(wanted.map(({ name, isColumn }) => [name, isColumn]), [[null, false], ["name", true], ["name", false], [null, false]]);
  assert.deepEqual(wanted[1].patterns.map(String), ["/fe/gu", "/t/gu"]);
  assert.deepEqual(wanted.at(-1).patterns.map(String), ["/a\\*/giu"]);
});

const EVENT = {
  seq: 7,
  verdict: "invalid",
  name: null,
  account: "a",
  user: "",
  session: null,
  status: 200,
  delivery: 3,
  line: 1,
  size: 40,
  problems: [{ code: "odd", severity: "warning" }, { code: "missing-field", severity: "error" }],
  raw: '{"name":"n","items":[{"sku":12345678901234567890}],"a.b":{"c d":"\\u00e9"},"none":null}',
};

test("an event is filtered by its columns and by the fields of its text, digits as sent", () => {
  assert.deepEqual(
    filterableValues(EVENT).map(({ name, value }) => [name, value]),
    [
      ["verdict", "invalid"],
      ["account", "a"],
      ["user", ""],
      ["problem", "missing-field"],
      ["status", "200"],
      ["delivery", "3"],
      ["line", "1"],
      ["size", "40"],
      [".name", "n"],
      ["items.0.sku", "12345678901234567890"],
      ['"a.b"."c d"', "é"],
      ["none", "null"],
    ],
  );
});

test("a cell stands for its column or its path", () => {
  assert.deepEqual(filterableCell(EVENT, "problem"), { name: "problem", value: "missing-field" });
  assert.equal(filterableCell(EVENT, "name"), null);
  assert.equal(filterableCell(EVENT, "time"), null);
  assert.deepEqual(filterableCell(EVENT, "items.0.sku", "items.0.sku"), { name: "items.0.sku", value: "12345678901234567890" });
  assert.equal(filterableCell({ ...EVENT, raw: null }, "x", "x"), null);
});

test("a node of a tree knows the way to it", () => {
  const root = parseJson(EVENT.raw);
  const sku = root.members[1].value.items[0].members[0].value;
  assert.deepEqual(pathToNode(root, sku), ["items", "0", "sku"]);
  assert.deepEqual(filterableNode(root, sku), { name: "items.0.sku", value: "12345678901234567890" });
  assert.equal(filterableNode(root, parseJson("1")), null);
});

test("values that are too long to be asked for are left out", () => {
  assert.deepEqual(filterableValues({ ...EVENT, raw: JSON.stringify({ x: "y".repeat(501), z: 1 }) }).at(-1), { name: "z", value: "1" });
  assert.ok(filterableValues({ ...EVENT, raw: JSON.stringify({ list: Array(1000).fill(1) }) }).length <= 60);
});
