import assert from "node:assert/strict";
import test from "node:test";

import { hashOfComparison, hashOfEvent, readRoute } from "../../../static/js/dom/route.js";

test("the address names the open view", () => {
  assert.deepEqual(readRoute("#event-12"), { view: "event", seq: 12, tab: "event" });
  assert.deepEqual(readRoute("#event-12/raw"), { view: "event", seq: 12, tab: "raw" });
  assert.deepEqual(readRoute("#compare-12-9"), { view: "compare", seqs: [12, 9] });
  assert.deepEqual(readRoute("#refused"), { view: "refused" });
  assert.deepEqual(readRoute(""), { view: "list" });
});

test("an address is written as it is read", () => {
  for (const [seq, tab] of [[1, "event"], [12, "problems"]]) {
    assert.deepEqual(readRoute(hashOfEvent(seq, tab)), { view: "event", seq, tab });
  }
  assert.equal(hashOfEvent(3), "#event-3");
  assert.deepEqual(readRoute(hashOfComparison(3, 4)), { view: "compare", seqs: [3, 4] });
});

test("an unknown view is ignored", () => {
  for (const hash of ["#main", "#event-0", "#event-x", "#event-1x", "#event-1/x", "#compare-1", "#compare-0-1", "#list"]) assert.equal(readRoute(hash), null);
});
