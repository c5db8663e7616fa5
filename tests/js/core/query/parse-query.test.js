import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { parseQuery } from "../../../../static/js/core/query/parse-query.js";

const CASES = JSON.parse(readFileSync(new URL("../../../samples/queries.json", import.meta.url)));

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

test("the terms before an error are parsed", () => {
  assert.deepEqual(parseQuery("a name:b (").terms.map(({ value }) => value), ["a", "b"]);
});

test("at most fifty terms", () => {
  assert.equal(parseQuery("a ".repeat(50)).mistake, null);
  assert.deepEqual(parseQuery("a ".repeat(51)).mistake.at, 100);
});
