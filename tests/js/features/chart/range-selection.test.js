import assert from "node:assert/strict";
import test from "node:test";

import { barAt } from "../../../../static/js/features/chart/range-selection.js";

const bar = (from, counts, step = 1) => ({
  from,
  step,
  counts,
  total: counts.reduce((all, n) => all + n, 0),
});

test("near an empty bar the closest bar is selected", () => {
  const bars = Array.from({ length: 10 }, (_, at) => bar(at, [at === 4 ? 1 : 0, 0, 0, 0]));
  assert.equal(barAt(bars, 40, 17, 0).from, 4);
  assert.equal(barAt(bars, 40, 22, 4).from, 4);
  assert.equal(barAt(bars, 40, 30, 4).from, 7);
  assert.deepEqual([-50, 500].map((x) => barAt(bars, 40, x, 0).from), [0, 9]);
});
