import assert from "node:assert/strict";
import { test } from "node:test";

import { nestedFields } from "../../../../static/js/core/query/nested-fields.js";

const NAMES = ["verdict", "name", "price", "event_attributes.plan", "user.name", "card.price", 'a."odd name"'];
const queriesFor = (text, names = NAMES) => nestedFields(text, names).map(({ query }) => query);

test("a field that is only nested is replaced by its path", () => {
  assert.deepEqual(queriesFor("plan:pro"), ["event_attributes.plan:pro"]);
  assert.deepEqual(queriesFor('name:paid -plan:"a b" x'), ['name:paid -event_attributes.plan:"a b" x']);
  assert.deepEqual(queriesFor("plan>=3"), ["event_attributes.plan>=3"]);
  assert.deepEqual(queriesFor('"odd name":1'), ['a."odd name":1']);
});

test("a field that is also at the top level can mean the nested one", () => {
  const found = nestedFields("price:5", NAMES);
  assert.deepEqual(found, [{ field: "price", place: "card.price", isAlso: true, query: "card.price:5" }]);
});

test("columns and full paths stay", () => {
  for (const text of ["name:paid", "event_attributes.plan:x", "plan", "nowhere:1", ""]) {
    assert.deepEqual(queriesFor(text), [], text);
  }
  assert.deepEqual(queriesFor(".name:x"), ["user.name:x"]);
});

test("several places are offered, but few", () => {
  const names = ["a", "b", "c", "d"].map((outer) => `${outer}.plan`);
  assert.deepEqual(queriesFor("plan:x", names), ["a.plan:x", "b.plan:x", "c.plan:x"]);
});
