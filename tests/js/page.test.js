import assert from "node:assert/strict";
import test from "node:test";

import { arrivalSummary } from "../../static/js/features/stream-page/announcer.js";
import { hashOfComparison, hashOfEvent, readRoute } from "../../static/js/dom/route.js";
import { withCurrentTime } from "../../static/js/features/send/send-request.js";
import { problemSummary } from "../../static/js/features/event-panel/problem-item.js";
import { ruleBasis, leadingProblem } from "../../static/js/core/text/problem-severity.js";

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

test("what is no view of this page is left alone", () => {
  for (const hash of ["#main", "#event-0", "#event-x", "#event-1x", "#event-1/x", "#compare-1", "#compare-0-1", "#list"]) assert.equal(readRoute(hash), null);
});

test("arrivals are told in one sentence", () => {
  assert.equal(arrivalSummary({ events: 1, faults: 0 }), "1 event.");
  assert.equal(arrivalSummary({ events: 1_204, faults: 3 }), "1,204 events, 3 with faults.");
});

test("where there is room for one problem, an error goes before a warning", () => {
  const [warning, error] = [{ severity: "warning" }, { severity: "error" }];
  assert.equal(leadingProblem([warning, error]), error);
  assert.equal(leadingProblem([warning]), warning);
  assert.equal(leadingProblem([]), undefined);
});

test("problems are summed up by severity", () => {
  const problems = ["error", "warning", "error"].map((severity) => ({ severity }));
  assert.equal(problemSummary(problems), "2 errors, 1 warning");
  assert.equal(problemSummary(problems.slice(1, 2)), "1 warning");
});

test("a rule's basis is told in words", () => {
  assert.equal(ruleBasis({ basis: "documented" }), "documented by the vendor");
  assert.equal(ruleBasis({ basis: "rebuilt" }), "inferred from client libraries");
  assert.equal(ruleBasis({}), "");
});

test("a sample is sent with the time of the click", () => {
  const made = { milliseconds: 1795227547189, iso: "2026-11-21T02:19:07.189Z" };
  assert.equal(withCurrentTime('{"createdAt":1795227547189}', made, 5), '{"createdAt":5}');
  assert.equal(withCurrentTime('"2026-11-21T02:19:07.189Z"', made, 5), '"1970-01-01T00:00:00.005Z"');
});
