import assert from "node:assert/strict";
import test from "node:test";

import { ServerClock } from "../../../../static/js/features/chart/server-clock.js";

test("the page uses the server's clock, whatever the difference", () => {
  let own = 1_000_000;
  const clock = new ServerClock(() => own);
  clock.set(5_000_050, 1_000_000, 1_000_100);
  own += 100;
  assert.equal(clock.now, 5_000_100);
  own += 1_000;
  assert.equal(clock.now, 5_001_100);
});

test("an arrived event limits the clock from below", () => {
  const clock = new ServerClock(() => 1_000);
  clock.reach(3_000);
  assert.equal(clock.now, 3_000);
  clock.reach(2_000);
  assert.equal(clock.now, 3_000);
});
