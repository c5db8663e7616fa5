import assert from "node:assert/strict";
import { test } from "node:test";

import { emptyStateOf } from "../../../../static/js/features/event-list/empty-state.js";

const NOTHING = {
  line: "live",
  isBare: true,
  isFiltered: false,
  nested: [],
  received: 0,
  refused: 0,
  first: 0,
  last: 0,
  since: 0,
  reason: "",
  isDisabled: false,
  days: 7,
  most: 100_000,
};

const stateWith = (change = {}) => emptyStateOf({ ...NOTHING, ...change });

const KEPT = { received: 1204, first: 1, last: 1204 };

test("a list with rows has no empty state", () => {
  assert.equal(stateWith({ ...KEPT, isBare: false }), null);
  assert.equal(stateWith({ ...KEPT, isBare: false, line: "reconnecting" }), null);
});

test("connected, but nothing sent", () => {
  const { state, title } = stateWith();
  assert.deepEqual([state, title], ["live", "Waiting for the first event…"]);
});

test("a broken connection takes precedence over every other reason", () => {
  for (const line of ["connecting", "reconnecting", "signed-out"]) {
    for (const more of [{}, { refused: 3 }, { ...KEPT, first: 0 }, { ...KEPT, since: 1204 }]) {
      const { state, title, text } = stateWith({ ...more, line });
      assert.equal(state, line);
      assert.doesNotMatch(title + text, /waiting|immediately/i);
    }
  }
  assert.equal(stateWith({ line: "reconnecting" }).title, "Not connected");
  assert.equal(stateWith({ line: "signed-out" }).title, "Signed out");
});

test("sent but refused: the newest reason", () => {
  const { title, text, link } = stateWith({ refused: 2, reason: "The two keys are swapped. Swap them." });
  assert.deepEqual([title, text], ["Nothing accepted yet", "The two keys are swapped. Swap them."]);
  assert.deepEqual(link, { href: "#refused", words: "2 refused requests: see why" });
  assert.equal(stateWith({ refused: 1 }).text, "Requests arrived, but all of them were refused.");
});

test("a disabled pair takes precedence", () => {
  assert.equal(stateWith({ isDisabled: true }).title, "This key pair is disabled");
  const { state, link } = stateWith({ isDisabled: true, refused: 1, reason: "…" });
  assert.deepEqual([state, link.words], ["disabled", "1 refused request: see why"]);
});

test("all events are older than retention", () => {
  const { state, title, text } = stateWith({ ...KEPT, first: 0 });
  assert.deepEqual([state, title], ["pruned", "No event is kept any more"]);
  assert.match(text, /^1,204 events were received\. Events are kept for 7 days, the newest 100,000 of them, unless they are deleted\./);
  assert.match(stateWith({ received: 1, last: 1, days: 1 }).text, /^1 event was received\. .* 1 day,/);
});

test("all events are filtered out", () => {
  const { state, title, link } = stateWith({ ...KEPT, isFiltered: true });
  assert.deepEqual([state, title, link.action], ["filtered", "No event matches", "q"]);
});

test("a nested field of that name is offered with its path", () => {
  const nested = [{ field: "plan", place: "event_attributes.plan", query: "event_attributes.plan:pro" }];
  const { text, offers } = stateWith({ ...KEPT, isFiltered: true, nested });
  assert.match(text, /received in total\)\. “plan” is at event_attributes\.plan\. New ones/);
  assert.deepEqual(offers, ["event_attributes.plan:pro"]);
});

test("events held by a pause are neither filtered out nor pruned", () => {
  assert.equal(stateWith(KEPT), null);
});

test("a cleared view, until a newer event arrives", () => {
  const { state, text, link } = stateWith({ ...KEPT, first: 5, since: 1204, isBare: false });
  assert.deepEqual([state, link.action], ["cleared", "since"]);
  assert.match(text, /^1,200 events up to No\. 1,204 are hidden, not deleted\./);
  assert.equal(stateWith({ ...KEPT, last: 1205, since: 1204, isBare: false }), null);
  assert.match(stateWith({ received: 1, first: 1, last: 1, since: 1 }).text, /^1 event up to No\. 1 is hidden/);
});
