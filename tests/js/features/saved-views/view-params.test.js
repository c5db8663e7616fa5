import assert from "node:assert/strict";
import { test } from "node:test";

import {
  BUILT_IN_VIEWS,
  currentView,
  filterParams,
  viewParams,
  viewSearch,
} from "../../../../static/js/features/saved-views/view-params.js";

const at = (search) => {
  const params = new URLSearchParams(search);
  return { get: (name) => params.get(name) ?? "" };
};

const [ALL, FAULTS] = BUILT_IN_VIEWS;

const MINE = { id: 1, name: "mine", search: "q=a&columns=x%2Cy" };

const OTHER = { id: 2, name: "other", search: "q=a" };

const force = (views, applied, search) => {
  const { view, isChanged } = currentView(views, applied, at(search));
  return [view?.name ?? null, isChanged];
};

test("a view sets every name, including those that it leaves empty", () => {
  const values = { q: "a", mode: "", columns: "x,y", group: "", time: "", chart: "" };
  assert.deepEqual(viewParams(MINE.search), values);
});

test("a built-in view does not change how events are shown", () => {
  assert.deepEqual(filterParams(FAULTS.search), { q: "verdict:invalid OR verdict:malformed", mode: "" });
});

test("temporary state is not part of a view", () => {
  assert.equal(viewSearch(at("since=5&columns=x,y&q=a b")), "q=a+b&columns=x%2Cy");
});

test("the current view is the one with the same values", () => {
  assert.deepEqual(force([MINE, OTHER], 0, "columns=x,y&q=a&since=5"), ["mine", false]);
  assert.deepEqual(force([MINE, OTHER], 1, "q=a"), ["other", false]);
});

test("the applied one of two equal views is current", () => {
  const twin = { ...OTHER, id: 3, name: "twin" };
  assert.deepEqual(force([OTHER, twin], 3, "q=a"), ["twin", false]);
  assert.deepEqual(force([OTHER, twin], 0, "q=a"), ["other", false]);
});

test("a plain page matches no saved view, unless one was applied", () => {
  const plain = { id: 4, name: "plain", search: "" };
  assert.deepEqual(force([plain], 0, ""), [ALL.name, false]);
  assert.deepEqual(force([plain], 4, ""), ["plain", false]);
});

test("the last applied view stays current after a change", () => {
  assert.deepEqual(force([MINE, OTHER], 1, "q=b"), ["mine", true]);
  assert.deepEqual(force([MINE], 1, ""), ["mine", true]);
});

test("otherwise a built-in view is current whatever the columns, or none", () => {
  assert.deepEqual(force([MINE], 0, "time=utc"), [ALL.name, false]);
  assert.deepEqual(force([MINE], 9, `${FAULTS.search}&columns=z`), [FAULTS.name, false]);
  assert.deepEqual(force([MINE], 0, "q=z"), [null, false]);
});
