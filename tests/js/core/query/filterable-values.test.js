import assert from "node:assert/strict";
import test from "node:test";

import { parseJson } from "../../../../static/js/core/json/lossless-json.js";
import { filterableCell, filterableNode, filterableValues, pathToNode } from "../../../../static/js/core/query/filterable-values.js";

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

test("an event can be filtered by its columns and by the fields of its text, with digits as sent", () => {
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

test("a cell represents its column or its path", () => {
  assert.deepEqual(filterableCell(EVENT, "problem"), { name: "problem", value: "missing-field" });
  assert.equal(filterableCell(EVENT, "name"), null);
  assert.equal(filterableCell(EVENT, "time"), null);
  assert.deepEqual(filterableCell(EVENT, "items.0.sku", "items.0.sku"), { name: "items.0.sku", value: "12345678901234567890" });
  assert.equal(filterableCell({ ...EVENT, raw: null }, "x", "x"), null);
});

test("a tree node knows its path", () => {
  const root = parseJson(EVENT.raw);
  const sku = root.members[1].value.items[0].members[0].value;
  assert.deepEqual(pathToNode(root, sku), ["items", "0", "sku"]);
  assert.deepEqual(filterableNode(root, sku), { name: "items.0.sku", value: "12345678901234567890" });
  assert.equal(filterableNode(root, parseJson("1")), null);
});

test("values too long for a query are left out", () => {
  assert.deepEqual(filterableValues({ ...EVENT, raw: JSON.stringify({ x: "y".repeat(501), z: 1 }) }).at(-1), { name: "z", value: "1" });
  assert.ok(filterableValues({ ...EVENT, raw: JSON.stringify({ list: Array(1000).fill(1) }) }).length <= 60);
});
