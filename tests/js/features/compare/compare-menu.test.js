import assert from "node:assert/strict";
import test from "node:test";

import { sameNameQuery } from "../../../../static/js/features/compare/compare-menu.js";

test("a name becomes a term of the query language", () => {
  assert.equal(sameNameQuery({ name: "sign up" }), 'name:"sign up"');
  assert.equal(sameNameQuery({ name: 'a "b" \\c*' }), 'name:"a \\"b\\" \\\\c*"');
  assert.equal(sameNameQuery({ name: null }), "");
});
