import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Feed, SILENCE } from "../../../static/js/api/feed.js";

class FakeSocket extends EventTarget {
  static opened = [];

  constructor(url) {
    super();
    this.url = url;
    FakeSocket.opened.push(this);
  }

  close() {
    this.isClosed = true;
  }

  send(frame) {
    this.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(frame) }));
  }

  end(code = 1006) {
    this.dispatchEvent(Object.assign(new Event("close"), { code }));
  }
}

const frame = (last, events = []) => ({ type: "events", events, first: 1, last, balance: {} });

const newest = () => FakeSocket.opened.at(-1);

function connected(isRefused = async () => false) {
  const feed = new Feed("/ws/pairs/1/", isRefused, FakeSocket);
  feed.connect();
  return feed;
}

beforeEach(() => {
  FakeSocket.opened = [];
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
});

afterEach(() => mock.timers.reset());

test("is live only after the first frame", () => {
  const feed = connected();
  assert.equal(feed.state, "connecting");
  newest().send(frame(0));
  assert.equal(feed.state, "live");
});

test("passes on events and moves the cursor", () => {
  const feed = connected();
  const got = [];
  feed.addEventListener("events", ({ detail }) => got.push(detail.last));
  newest().send(frame(3, [{ seq: 3 }]));
  assert.deepEqual(got, [3]);
  assert.equal(feed.cursor, 3);
});

test("a heartbeat only keeps the connection alive", () => {
  const feed = connected();
  newest().send(frame(3));
  newest().send({ type: "beat", last: 9 });
  assert.equal(feed.cursor, 3);
});

test("reconnects after a loss, from its cursor", () => {
  const feed = connected();
  newest().send(frame(7));
  newest().end();
  assert.equal(feed.state, "reconnecting");
  assert.ok(feed.retryAt > Date.now());
  mock.timers.tick(500);
  assert.equal(newest().url, "/ws/pairs/1/?after=7");
  assert.equal(feed.state, "reconnecting");
  newest().send(frame(8));
  assert.equal(feed.state, "live");
});

test("silence means a dead connection", () => {
  const feed = connected();
  newest().send(frame(0));
  mock.timers.tick(SILENCE - 1);
  assert.equal(feed.state, "live");
  mock.timers.tick(1);
  assert.equal(feed.state, "reconnecting");
  assert.ok(FakeSocket.opened[0].isClosed);
});

test("a socket that never opens is abandoned too", () => {
  connected();
  mock.timers.tick(SILENCE);
  mock.timers.tick(500);
  assert.equal(FakeSocket.opened.length, 2);
});

test("does not reconnect without permission", () => {
  const feed = connected();
  newest().end(4404);
  mock.timers.tick(60_000);
  assert.equal(feed.state, "signed-out");
  assert.equal(FakeSocket.opened.length, 1);
});

test("does not reconnect after a refused handshake", async () => {
  const feed = connected(async () => true);
  newest().end();
  assert.equal(feed.state, "reconnecting");
  await new Promise(setImmediate);
  mock.timers.tick(60_000);
  assert.equal(feed.state, "signed-out");
  assert.equal(FakeSocket.opened.length, 1);
});

test("reconnects when the server is unavailable, and after an established connection is lost", async () => {
  connected();
  newest().end();
  await new Promise(setImmediate);
  mock.timers.tick(500);
  assert.equal(FakeSocket.opened.length, 2);

  const feed = connected(async () => assert.fail("asked for events after a stable connection"));
  newest().send(frame(1));
  newest().end();
  await new Promise(setImmediate);
  assert.equal(feed.state, "reconnecting");
});

test("over a limit it gives the reason, and reconnects on request", () => {
  const feed = connected();
  newest().send({ type: "error", message: "Too many pages.", at: null });
  newest().end(4429);
  mock.timers.tick(60_000);
  assert.deepEqual([feed.state, feed.reason], ["over-limit", "Too many pages."]);
  assert.equal(FakeSocket.opened.length, 1);
  feed.connect();
  newest().send(frame(1));
  assert.equal(feed.state, "live");
});

test("reconnects immediately on wake, only if it was waiting", () => {
  const feed = connected();
  newest().send(frame(0));
  feed.wake();
  assert.equal(FakeSocket.opened.length, 1);
  newest().end();
  feed.wake();
  assert.equal(FakeSocket.opened.length, 2);
});

test("messages of an abandoned socket are ignored", () => {
  const feed = connected();
  newest().send(frame(5));
  newest().end();
  feed.wake();
  FakeSocket.opened[0].send(frame(9));
  FakeSocket.opened[0].end();
  assert.equal(feed.cursor, 5);
  assert.equal(FakeSocket.opened.length, 2);
});

test("another query restarts from the first event, without reporting a lost connection", () => {
  const feed = connected();
  newest().send(frame(7));
  const states = [];
  feed.addEventListener("state", ({ detail }) => states.push(detail));
  feed.ask({ q: "name:a b", mode: "" });
  assert.equal(newest().url, "/ws/pairs/1/?after=0&q=name%3Aa+b");
  assert.ok(FakeSocket.opened[0].isClosed);
  newest().send(frame(7));
  assert.deepEqual(states, []);
  newest().end();
  mock.timers.tick(500);
  assert.equal(newest().url, "/ws/pairs/1/?after=7&q=name%3Aa+b");
  feed.ask({ q: "x", mode: "highlight" });
  assert.equal(newest().url, "/ws/pairs/1/?after=0&q=x&mode=highlight");
  feed.ask({ q: "", mode: "highlight" });
  assert.equal(newest().url, "/ws/pairs/1/?after=0");
});

test("an invalid query is reported, and dropped when another one is set", () => {
  const feed = connected();
  const mistakes = [];
  feed.addEventListener("mistake", ({ detail }) => {
    mistakes.push(detail);
    feed.ask({ q: "", mode: "" });
  });
  feed.ask({ q: "verdict:x", mode: "" });
  newest().send({ type: "error", message: "No.", at: 8 });
  assert.deepEqual(mistakes, [{ message: "No.", at: 8 }]);
  assert.equal(newest().url, "/ws/pairs/1/?after=0");
});
