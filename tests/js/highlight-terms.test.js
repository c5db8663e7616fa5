import assert from "node:assert/strict";
import test from "node:test";

import { highlightTerms } from "../../static/js/core/query/highlight-terms.js";

test("marked is what is asked for, not what is left out or compared", () => {
  const wanted = highlightTerms('zoë name:fe*t -user:u total>3 .name:x x:* "a*"');
  assert.deepEqual(wanted.map(({ name, isColumn }) => [name, isColumn]), [[null, false], ["name", true], ["name", false], [null, false]]);
  assert.deepEqual(wanted[1].patterns.map(String), ["/fe/gu", "/t/gu"]);
  assert.deepEqual(wanted.at(-1).patterns.map(String), ["/a\\*/giu"]);
});
