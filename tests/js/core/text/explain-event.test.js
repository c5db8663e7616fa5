import assert from "node:assert/strict";
import test from "node:test";

import { explainEvent } from "../../../../static/js/core/text/explain-event.js";

const event = (seq) => ({ kind: "event", seq });

test("an explanation is plain text for a ticket", () => {
  const event = {
    seq: 12,
    name: "feature",
    verdict: "invalid",
    received_at: "2026-11-21T02:19:07.189Z",
    delivery: 3,
    status: 200,
    problems: [
      { code: "missing-field", severity: "error", path: "/userId", message: "“userId” is missing.", hint: "Add it.", basis: "documented" },
      { code: "odd", severity: "warning", path: "", message: "Odd.", hint: "" },
    ],
  };
  const places = { placeOf: ({ path }) => path || "whole event", help: "http://h/help/problems", link: "http://h/pairs/1/#event-12" };
  assert.equal(
    explainEvent(event, places),
    `Event No. 12 “feature”: invalid, 2 problems
Received 2026-11-21T02:19:07.189Z, delivery No. 3, answered 200
http://h/pairs/1/#event-12

1. error at /userId: “userId” is missing.
   Add it.
   http://h/help/problems#missing-field (documented by the vendor)

2. warning at whole event: Odd.
   http://h/help/problems#odd`,
  );
  assert.ok(explainEvent({ ...event, problems: [], verdict: "valid", name: null }, places).startsWith("Event No. 12: valid, no problems\n"));
});
