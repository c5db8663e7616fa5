import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { toggleNegation, addTerm, removeTerm } from "../../static/js/core/query/edit-query.js";
import { parseQuery } from "../../static/js/core/query/parse-query.js";
import { QUERY_COLUMNS, fieldTerm, freeText, formatJsonPath } from "../../static/js/core/query/format-query.js";

const CASES = JSON.parse(readFileSync(new URL("../samples/queries.json", import.meta.url)));

const sketch = (term) => ({
  group: term.group,
  not: term.isNegated,
  json: term.isJson,
  path: term.path,
  operator: term.operator,
  value: term.value,
  quoted: term.isQuoted,
  start: term.start,
  end: term.end,
});
const units = (text, characters) => [...text].slice(0, characters).join("").length;

for (const { text, terms, at, message } of CASES) {
  test(`reads ${text} as the server does`, () => {
    const found = parseQuery(text);
    if (terms) {
      assert.equal(found.mistake, null);
      assert.deepEqual(found.terms.map(sketch), terms);
    } else {
      assert.equal(found.mistake.message, message);
      assert.equal(found.mistake.at, units(text, at));
    }
  });
}

test("what stands before a mistake is read", () => {
  assert.deepEqual(parseQuery("a name:b (").terms.map(({ value }) => value), ["a", "b"]);
});

test("at most fifty terms", () => {
  assert.equal(parseQuery("a ".repeat(50)).mistake, null);
  assert.deepEqual(parseQuery("a ".repeat(51)).mistake.at, 100);
});

const ODD = ["a", "a b", "a.b", "", "-a", "*", "x*", 'q"q', "back\\", "\\u00e9", "\\\\", "(x)", "a:b", "é 😀", "\n\t\u2028", "OR", "//a"];

test("any name and value is written so that it is read as it is", () => {
  for (const step of ODD) {
    for (const value of ODD) {
      const text = fieldTerm(formatJsonPath(["x", step]), value, true);
      const { terms, mistake } = parseQuery(text);
      assert.equal(mistake, null, text);
      const [term, ...others] = terms;
      assert.deepEqual([term.path, term.value, term.isNegated, others], [["x", step], value, true, []]);
      assert.ok(!term.value.includes("*") || term.isQuoted);
    }
  }
});

test("any text is written so that it is read as free text", () => {
  for (const text of [...ODD, "a>b", "AND", "||"]) {
    const { terms, mistake } = parseQuery(freeText(text));
    assert.equal(mistake, null, text);
    assert.deepEqual(terms.map(({ path, value }) => [path, value]), [[[], text]]);
  }
});

test("a name of the JSON is told from a column by a dot", () => {
  assert.ok(QUERY_COLUMNS.every((name) => formatJsonPath([name]) === `.${name}`));
  assert.equal(formatJsonPath(["name", "first"]), "name.first");
  assert.equal(formatJsonPath(["userId"]), "userId");
});

test("a term is taken out with its OR", () => {
  assert.equal(removeTerm("a  b OR c d", 1), "a c d");
  assert.equal(removeTerm("a b OR c d", 0), "b OR c d");
  assert.equal(removeTerm("a", 0), "");
});

test("a term is turned round and back", () => {
  assert.equal(toggleNegation("a -b OR c", 1), "a b OR c");
  assert.equal(toggleNegation('a "b c"', 1), 'a -"b c"');
});

test("a term is added once, and its opposite makes room", () => {
  assert.equal(addTerm("", "a:1"), "a:1");
  assert.equal(addTerm("x ", "a:1"), "x a:1");
  assert.equal(addTerm("x a:1", "a:1"), "x a:1");
  assert.equal(addTerm("x -a:1 y", "a:1"), "x y a:1");
  assert.equal(addTerm("a:1", "-a:1"), "-a:1");
  assert.equal(addTerm("a:1 OR b:2", "-a:1"), "a:1 OR b:2 -a:1");
});
