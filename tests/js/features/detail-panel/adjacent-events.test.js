import assert from "node:assert/strict";
import test from "node:test";

import { AdjacentEvents } from "../../../../static/js/features/detail-panel/adjacent-events.js";

const event = (seq) => ({ kind: "event", seq });

const gap = (from, to, isKept = true) => ({ kind: "gap", seq: to, from, to, isKept });

function neighbours(rows, { found = [], query = "", ceiling = 0, since = "" } = {}) {
  const asked = [];
  const api = {
    events: async (params) => {
      asked.push(params);
      return { events: found };
    },
  };
  const tools = { api, list: { rows }, log: { query, ceiling }, address: { get: () => since } };
  return { asked, next: new AdjacentEvents(tools) };
}

test("the next event is the next row, whatever its number", async () => {
  const { next, asked } = neighbours([event(9), event(5), event(2), { kind: "end", seq: 0 }]);
  assert.deepEqual([await next.beside(5, 1), await next.beside(5, -1)], [9, 2]);
  assert.deepEqual([await next.beside(9, 1), await next.beside(2, -1)], [undefined, undefined]);
  assert.deepEqual([next.exist(9), next.exist(5), next.exist(2)], [[false, true], [true, true], [true, false]]);
  assert.deepEqual(asked, []);
});

test("beyond a gap the server is queried, with the filter of the list", async () => {
  const { next, asked } = neighbours([event(9), gap(3, 8)], { found: [event(6)], query: "name:a", ceiling: 9, since: "2" });
  assert.deepEqual(next.exist(9), [false, true]);
  assert.equal(await next.beside(9, -1), 6);
  assert.equal(await next.beside(4, 1), 6);
  assert.deepEqual(asked, [
    { before: 9, after: 2, order: "desc", q: "name:a", limit: 1 },
    { after: 4, before: 10, order: "asc", q: "name:a", limit: 1 },
  ]);
});

test("there is no next event after the last one", () => {
  const { next } = neighbours([event(9), gap(1, 8, false)]);
  assert.deepEqual(next.exist(9), [false, false]);
  assert.deepEqual(neighbours([]).next.exist(4), [false, false]);
});
