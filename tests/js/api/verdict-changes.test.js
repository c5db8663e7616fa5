import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { VerdictChanges } from "../../../static/js/api/verdict-changes.js";

beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
afterEach(() => mock.timers.reset());

test("changed verdicts are announced when the changes stop", () => {
  const feed = new EventTarget();
  let timesDue = 0;
  new VerdictChanges(feed).addEventListener("due", () => (timesDue += 1));
  const judged = (times) => feed.dispatchEvent(new CustomEvent("events", { detail: { judged: times } }));
  judged(7);
  mock.timers.tick(5_000);
  assert.equal(timesDue, 0);
  for (const times of [8, 9, 10]) {
    judged(times);
    mock.timers.tick(400);
  }
  assert.equal(timesDue, 0);
  judged(10);
  mock.timers.tick(200);
  assert.equal(timesDue, 1);
  mock.timers.tick(5_000);
  assert.equal(timesDue, 1);
});
