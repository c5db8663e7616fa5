import assert from "node:assert/strict";
import { test } from "node:test";

import { throttle } from "../../../static/js/dom/throttle.js";

test("many calls result in one run, and one more for the calls during it", async () => {
  let runs = 0;
  const wish = throttle(40, () => (runs += 1));
  for (let n = 0; n < 50; n++) wish();
  await new Promise((done) => setTimeout(done, 15));
  assert.equal(runs, 1);
  wish();
  wish();
  assert.equal(runs, 1);
  await new Promise((done) => setTimeout(done, 60));
  assert.equal(runs, 2);
});
