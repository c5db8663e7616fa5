import assert from "node:assert/strict";
import test from "node:test";

import { QUERY_COLUMNS, fieldTerm, formatJsonPath, freeText } from "../../../../static/js/core/query/format-query.js";
import { parseQuery } from "../../../../static/js/core/query/parse-query.js";

const ODD = ["a", "a b", "a.b", "", "-a", "*", "x*", 'q"q', "back\\", "\\u00e9", "\\\\", "(x)", "a:b", "é 😀", "\n\t\u2028", "OR", "//a"];

test("any name and value is formatted so that it parses unchanged", () => {
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

test("any text is formatted so that it parses as free text", () => {
  for (const text of [...ODD, "a>b", "AND", "||"]) {
    const { terms, mistake } = parseQuery(freeText(text));
    assert.equal(mistake, null, text);
    assert.deepEqual(terms.map(({ path, value }) => [path, value]), [[[], text]]);
  }
});

test("a dot distinguishes a JSON name from a column", () => {
  assert.ok(QUERY_COLUMNS.every((name) => formatJsonPath([name]) === `.${name}`));
  assert.equal(formatJsonPath(["name", "first"]), "name.first");
  assert.equal(formatJsonPath(["userId"]), "userId");
});
