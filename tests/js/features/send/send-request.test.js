import assert from "node:assert/strict";
import { test } from "node:test";

import { replySummary, withCurrentTime } from "../../../../static/js/features/send/send-request.js";

test("a sample is sent with the time of the click", () => {
  const made = { milliseconds: 1795227547189, iso: "2026-11-21T02:19:07.189Z" };
  assert.equal(withCurrentTime('{"createdAt":1795227547189}', made, 5), '{"createdAt":5}');
  assert.equal(withCurrentTime('"2026-11-21T02:19:07.189Z"', made, 5), '"1970-01-01T00:00:00.005Z"');
});

test("a sample is sent with the time of the click, however it is written", () => {
  const made = { milliseconds: 1795227547189, seconds: 1795227547, iso: "2026-11-21T02:59:07.189Z" };
  const text = "1795227547189 1795227547 2026-11-21T02:59:07.189Z 17";
  const at = Date.UTC(2026, 10, 21, 8, 30, 1, 5);
  assert.equal(withCurrentTime(text, made, at), `${at} ${Math.floor(at / 1000)} 2026-11-21T08:30:01.005Z 17`);
});

test("a reply is summarised in a sentence", () => {
  const headers = new Map([["X-Problem-Detail", "Why."]]);
  assert.equal(replySummary({ reply: { status: 400, headers }, took: 3 }), "400: refused in 3 ms. Why.");
  assert.equal(replySummary({ reply: { status: 200, headers: new Map() }, took: 3 }), "200: accepted in 3 ms.");
});
