import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { ChartSource } from "../../../../static/js/features/chart/chart-source.js";
import { CountsPerSecond } from "../../../../static/js/features/chart/counts-per-second.js";
import { ServerClock } from "../../../../static/js/features/chart/server-clock.js";

const TIMES = "time>=2026-11-21T08:00:00.000Z time<2026-11-21T08:00:05.000Z";

// A REST API whose replies the test releases one by one.
class SlowApi {
  asked = [];

  chart(params) {
    return new Promise((answer, fail) => this.asked.push({ params, answer, fail }));
  }
}

let api, counts, source;

const settled = () => new Promise(setImmediate);

const frame = (last, seconds) => ({ last, seconds });

const total = () => counts.bars(0, 10_000, 1)[0].total;

async function answer(bars, at = api.asked.length - 1) {
  api.asked[at].answer({ now: 5_000_000, bars, complete_since: null });
  await settled();
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 5_000_000 });
  api = new SlowApi();
  counts = new CountsPerSecond();
  source = new ChartSource({ api, counts, clock: new ServerClock() });
});

test("changed verdicts of stored events reload the chart", async () => {
  source.show("", "", 300);
  source.take({ ...frame(1, []), judged: 0 });
  await answer([[10, 3, 0, 0, 0, 0]]);
  source.take({ ...frame(1, []), judged: 0 });
  mock.timers.tick(1_000);
  assert.equal(api.asked.length, 1);
  source.take({ ...frame(1, []), judged: 1 });
  mock.timers.tick(1_000);
  assert.equal(api.asked.length, 2);
  await answer([[10, 2, 0, 1, 0, 0]]);
  assert.equal(total(), 3);
});

test("the first frame requests the visible range, later frames bring current counts", async () => {
  source.show("", "", 300);
  assert.equal(api.asked.length, 0);
  source.take(frame(3, []));
  await answer([[4_999, 3, 0, 0, 0]]);
  source.take(frame(5, [[4_999, 4, 0, 0, 0], [5_000, 1, 0, 0, 0]]));
  assert.equal(total(), 5);
  assert.equal(api.asked.length, 1);
});

test("frames that arrive before the reply are not lost", async () => {
  source.show("", "", 300);
  source.take(frame(3, []));
  source.take(frame(4, [[5_000, 2, 0, 0, 0]]));
  await answer([[5_000, 1, 0, 0, 0]]);
  assert.equal(total(), 2);
});

test("with a filter, frames are added to the counts up to the first frame", async () => {
  source.show("name:a", "", 300);
  source.take(frame(10, []));
  source.take(frame(12, [[5_000, 2, 0, 0, 0]]));
  assert.deepEqual([api.asked[0].params.q, api.asked[0].params.until], ["name:a", 10]);
  await answer([[5_000, 7, 0, 0, 0]]);
  source.take(frame(13, [[5_000, 1, 0, 0, 0]]));
  assert.equal(total(), 10);
  assert.equal(source.isFiltered, true);
});

test("a new connection reloads, and replies to the old one are ignored", async () => {
  source.show("name:a", "", 300);
  source.take(frame(10, []));
  source.renew();
  await answer([[5_000, 7, 0, 0, 0]], 0);
  assert.equal(total(), 0);
  source.take(frame(20, []));
  assert.equal(api.asked[1].params.until, 20);
  await answer([[5_000, 9, 0, 0, 0]]);
  assert.equal(total(), 9);
});

test("highlighting counts all events", async () => {
  source.show("name:a", "highlight", 300);
  source.take(frame(10, []));
  assert.equal(api.asked[0].params.q, "");
  await answer([]);
  source.take(frame(11, [[5_000, 1, 0, 0, 0]]));
  source.take(frame(12, [[5_000, 2, 0, 0, 0]]));
  assert.equal(total(), 2);
  assert.equal(source.isFiltered, false);
});

test("a time range does not narrow the chart, which reloads at most once a second", async () => {
  source.show(`name:a ${TIMES}`, "", 300);
  source.take(frame(10, []));
  assert.equal(api.asked[0].params.q, "name:a");
  await answer([[5_000, 7, 0, 0, 0]]);
  for (let last = 11; last < 30; last++) source.take(frame(last, []));
  assert.equal(api.asked.length, 1);
  mock.timers.tick(1_000);
  assert.equal(api.asked.length, 2);
  source.take(frame(31, []));
  mock.timers.tick(5_000);
  assert.equal(api.asked.length, 2, "not while an answer is awaited");
  await answer([[5_000, 9, 0, 0, 0]]);
  mock.timers.tick(1_000);
  assert.equal(api.asked.length, 3);
  assert.equal(total(), 9);
});

test("a frame with too much to count triggers a reload", async () => {
  source.show("name:a", "", 300);
  source.take(frame(10, []));
  await answer([]);
  source.take(frame(90_000, null));
  mock.timers.tick(1_000);
  assert.equal(api.asked[1].params.until, 90_000);
});

test("a failed request is retried; an invalid query is not", async () => {
  source.show("", "", 300);
  source.take(frame(1, []));
  api.asked[0].fail(Object.assign(new Error("down"), { status: 0 }));
  await settled();
  mock.timers.tick(2_000);
  assert.equal(api.asked.length, 2);
  api.asked[1].fail(Object.assign(new Error("no such field"), { status: 400 }));
  await settled();
  mock.timers.tick(60_000);
  assert.equal(api.asked.length, 2);
});

test("another span reloads immediately; a collapsed chart loads nothing", async () => {
  source.show("", "", 300);
  source.take(frame(1, []));
  await answer([]);
  source.show("", "", 3_600);
  assert.equal(api.asked[1].params.count, 3_660);
  source.show("", "", 0);
  source.take(frame(2, [[5_000, 1, 0, 0, 0]]));
  source.renew();
  source.take(frame(2, []));
  assert.equal(api.asked.length, 2);
});
