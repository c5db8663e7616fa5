import assert from "node:assert/strict";
import test from "node:test";

import { findSentEvent } from "../../../../static/js/features/send/find-sent-event.js";

test("the sent event is recognised by its text among other events", async () => {
  const events = [{ seq: 8, raw: "{}" }, { seq: 9, raw: null }, { seq: 10, raw: '{"a":1}' }];
  const api = { events: async ({ after }) => ({ events: events.filter(({ seq }) => seq > after), last: 10 }) };
  assert.equal(await findSentEvent(api, '{"a":1}\n', 7), 10);
});

test("a refused event has no number", async () => {
  const api = { events: async () => ({ events: [], last: 7 }) };
  assert.equal(await findSentEvent(api, "{}", 7), 0);
});
