import assert from "node:assert/strict";
import test from "node:test";

import {
  DEFAULT_COLUMNS,
  addColumn,
  columnLabel,
  columnNameOf,
  columnPath,
  formatColumnNames,
  gridTracks,
  minimumWidth,
  moveColumn,
  parseColumnNames,
  removeColumn,
} from "../../../../static/js/features/columns/columns.js";

test("without names the default columns are shown, and the address has none", () => {
  assert.deepEqual(parseColumnNames(""), DEFAULT_COLUMNS);
  assert.deepEqual(parseColumnNames(",, ,"), DEFAULT_COLUMNS);
  assert.equal(formatColumnNames(DEFAULT_COLUMNS), "");
});

test("names keep their order in the address and back", () => {
  for (const names of [["seq", "time"], ["name", "properties.plan", "a,b", "50%2C off", "ünï cödé"]]) {
    assert.deepEqual(parseColumnNames(formatColumnNames(names)), names);
  }
});

test("duplicate columns, overlong names and too many columns are dropped", () => {
  assert.deepEqual(parseColumnNames("seq,seq,x,x"), ["seq", "x"]);
  assert.deepEqual(parseColumnNames(`seq,${"x".repeat(201)},.`), ["seq"]);
  assert.equal(parseColumnNames(Array.from({ length: 99 }, (_, at) => `p${at}`).join()).length, 24);
});

test("a field that has the name of a column starts with a dot", () => {
  assert.equal(columnNameOf("size"), ".size");
  assert.equal(columnNameOf("properties.size"), "properties.size");
  assert.equal(columnPath(".size"), "size");
  assert.deepEqual(["size", ".size", "__proto__"].map(columnLabel), ["Size", "size", "__proto__"]);
});

test("columns can be moved, added and removed, except the last one", () => {
  assert.deepEqual(moveColumn(["a", "b", "c"], "c", 0), ["c", "a", "b"]);
  assert.deepEqual(moveColumn(["a", "b", "c"], "a", 1), ["b", "a", "c"]);
  assert.deepEqual(moveColumn(["a", "b"], "a", -1), ["a", "b"]);
  assert.deepEqual(addColumn(["a"], "a"), ["a"]);
  assert.deepEqual(removeColumn(["a", "b"], "a"), ["b"]);
  assert.deepEqual(removeColumn(["a"], "a"), ["a"]);
});

test("a width set by dragging overrides the column's own, and the verdict's icon keeps its width", () => {
  assert.equal(gridTracks(["verdict", "name"]), "6.5rem minmax(6rem, 1fr)");
  assert.equal(gridTracks(["seq", "x.y"], { "x.y": 90 }), "1rem 4rem 90px");
  assert.equal(minimumWidth(["verdict", "seq"]), "calc(0px + 13.25rem)");
  assert.equal(minimumWidth(["seq", "x"], { x: 90 }), "calc(90px + 8.5rem)");
});
