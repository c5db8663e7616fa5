import assert from "node:assert/strict";
import test from "node:test";

import { highlightTerms } from "../../../../static/js/core/query/highlight-terms.js";

test("terms of the query are highlighted, except negated and compared ones", () => {
  const wanted = highlightTerms('zoë name:fe*t -user:u total>3 .name:x x:* "a*"');
  assert.deepEqual(wanted.map(({ name, isColumn }) => [name, isColumn]), [[null, false], ["name", true], ["name", false], [null, false]]);
  assert.deepEqual(wanted[1].patterns.map(String), ["/fe/gu", "/t/gu"]);
  assert.deepEqual(wanted.at(-1).patterns.map(String), ["/a\\*/giu"]);
});
