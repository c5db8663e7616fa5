import assert from "node:assert/strict";
import test from "node:test";

import {
  DEFAULT_NAMES, added, labelOf, leastWidthOf, moved, nameOf, pathOf, readNames, tracksOf, without, writeNames,
} from "../../static/js/features/columns/columns.js";

test("without names the usual columns show, and they need no place in the address", () => {
  assert.deepEqual(readNames(""), DEFAULT_NAMES);
  assert.deepEqual(readNames(",, ,"), DEFAULT_NAMES);
  assert.equal(writeNames(DEFAULT_NAMES), "");
});

test("names come back from an address as they went, in their order", () => {
  for (const names of [["seq", "time"], ["name", "properties.plan", "a,b", "50%2C off", "ünï cödé"]]) {
    assert.deepEqual(readNames(writeNames(names)), names);
  }
});

test("a column stands once, and neither endless names nor endless columns are taken", () => {
  assert.deepEqual(readNames("seq,seq,x,x"), ["seq", "x"]);
  assert.deepEqual(readNames(`seq,${"x".repeat(201)},.`), ["seq"]);
  assert.equal(readNames(Array.from({ length: 99 }, (_, at) => `p${at}`).join()).length, 24);
});

test("a field of the event that is called like a column has a dot in front", () => {
  assert.equal(nameOf("size"), ".size");
  assert.equal(nameOf("properties.size"), "properties.size");
  assert.equal(pathOf(".size"), "size");
  assert.deepEqual(["size", ".size", "__proto__"].map(labelOf), ["Size", "size", "__proto__"]);
});

test("columns are moved, added and taken away, and the last one stays", () => {
  assert.deepEqual(moved(["a", "b", "c"], "c", 0), ["c", "a", "b"]);
  assert.deepEqual(moved(["a", "b", "c"], "a", 1), ["b", "a", "c"]);
  assert.deepEqual(moved(["a", "b"], "a", -1), ["a", "b"]);
  assert.deepEqual(added(["a"], "a"), ["a"]);
  assert.deepEqual(without(["a", "b"], "a"), ["b"]);
  assert.deepEqual(without(["a"], "a"), ["a"]);
});

test("a drawn width goes before the column's own, and the verdict's icon has its place", () => {
  assert.equal(tracksOf(["verdict", "name"]), "6.5rem minmax(6rem, 1fr)");
  assert.equal(tracksOf(["seq", "x.y"], { "x.y": 90 }), "1rem 4rem 90px");
  assert.equal(leastWidthOf(["verdict", "seq"]), "calc(0px + 13.25rem)");
  assert.equal(leastWidthOf(["seq", "x"], { x: 90 }), "calc(90px + 8.5rem)");
});
