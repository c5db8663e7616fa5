import assert from "node:assert/strict";
import test from "node:test";

process.env.TZ = "Asia/Kolkata";
const {
  formatAgo,
  formatClock,
  formatDayAndClock,
  formatMoment,
  formatShortMoment,
  formatZone,
  isToday,
  timeStyle,
} = await import("../../../../static/js/core/text/format-time.js");

test("times are local, with milliseconds", () => {
  assert.equal(formatClock("2026-11-21T01:02:03.004Z"), "06:32:03.004");
  assert.equal(formatDayAndClock("2026-11-20T20:00:00.000Z"), "21 Nov 2026, 01:30:00.000 UTC+5:30");
  assert.equal(formatZone("2026-11-21T01:02:03.004Z"), "UTC+5:30");
});

test("today follows the reader's clock", () => {
  const now = new Date("2026-11-21T01:00:00Z");
  assert.ok(isToday("2026-11-20T19:00:00Z", now));
  assert.ok(!isToday("2026-11-20T18:00:00Z", now));
});

test("times are shown in UTC or as an age, as the reader selected", () => {
  const [now, iso] = [new Date("2026-11-21T01:00:00Z"), "2026-11-20T20:00:00.000Z"];
  const shown = (style) => {
    timeStyle.set(style);
    return [formatShortMoment(iso, now), formatMoment(iso, now)];
  };
  assert.deepEqual(shown("local"), ["01:30:00.000", "01:30:00.000 UTC+5:30"]);
  assert.deepEqual(shown("utc"), ["20 Nov 20:00:00.000", "20 Nov 2026, 20:00:00.000 UTC"]);
  assert.deepEqual(shown("relative"), ["5 h ago", "5 h ago (01:30:00.000 UTC+5:30)"]);
  assert.deepEqual(shown("nonsense"), shown("local"));
});

test("a future time is not shown as past", () => {
  assert.equal(formatAgo(-90_000), "in 1 min");
});

test("an age has one unit", () => {
  assert.deepEqual([0, 999, 4_200, 61_000, 7_300_000, 200_000_000].map(formatAgo), [
    "just now", "just now", "4 s ago", "1 min ago", "2 h ago", "2 d ago",
  ]);
});
