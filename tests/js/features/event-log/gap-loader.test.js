import assert from "node:assert/strict";
import test from "node:test";

import { EventLog } from "../../../../static/js/features/event-log/event-log.js";
import { loadGap } from "../../../../static/js/features/event-log/gap-loader.js";

function logOf(query, highlight) {
  const log = new EventLog();
  log.restart(query, highlight);
  log.receive({ after: 0, events: [{ seq: 90 }], last: 100, first: 1, skipped: null, searched_to: 90 });
  return log;
}

function apiWith(answer) {
  const asked = [];
  return { asked, events: (params) => (asked.push(params), Promise.resolve(answer)) };
}

const gapOf = (log) => log.rows().find(({ kind }) => kind === "gap");

test("a search that ended early leaves the rest of the gap", async () => {
  const log = logOf("name:x");
  const api = apiWith({ events: [{ seq: 70 }], searched_to: 50 });
  await loadGap(api, log, gapOf(log), { place: 90 });
  assert.equal(api.asked[0].q, "name:x");
  assert.deepEqual([gapOf(log).from, gapOf(log).to], [1, 49]);
  await loadGap(apiWith({ events: [], searched_to: 20 }), log, gapOf(log), { place: 90, isUpwards: true });
  assert.deepEqual([gapOf(log).from, gapOf(log).to], [21, 49]);
  await loadGap(apiWith({ events: [] }), log, gapOf(log), { place: 90 });
  assert.equal(gapOf(log), undefined);
});

test("in a highlight all events are loaded, with their matches", async () => {
  const log = logOf("", "name:x");
  const api = apiWith({ events: [{ seq: 89, matches: true }] });
  await loadGap(api, log, gapOf(log), { place: 90 });
  assert.deepEqual([api.asked[0].q, api.asked[0].mode], ["name:x", "highlight"]);
  assert.equal(log.find(89).matches, true);
});
