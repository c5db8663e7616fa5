import assert from "node:assert/strict";
import test from "node:test";

import { findFirstMatch } from "../../../static/js/api/find-first-match.js";

test("a slow search is followed to its end", async () => {
  const answers = [{ events: [], searched_to: 50 }, { events: [], searched_to: 20 }, { events: [{ seq: 7 }] }];
  const asked = [];
  const api = { events: async ({ before }) => (asked.push(before), answers.shift()) };
  assert.deepEqual(await findFirstMatch(api, { before: 90, order: "desc" }), { seq: 7 });
  assert.deepEqual(asked, [90, 50, 20]);
});
