import assert from "node:assert/strict";
import test from "node:test";

process.env.TZ = "Asia/Kolkata";
const { formatAgo, formatClock, formatDayAndClock, isToday, formatMoment, formatShortMoment, timeStyle, formatZone } = await import("../../static/js/core/text/format-time.js");
const { formatBytes, formatCount, pluralize } = await import("../../static/js/core/text/format-count.js");
const { codePointName, visibleSymbol, splitInvisible } = await import("../../static/js/core/text/invisible-characters.js");

test("times are local, with milliseconds", () => {
  assert.equal(formatClock("2026-11-21T01:02:03.004Z"), "06:32:03.004");
  assert.equal(formatDayAndClock("2026-11-20T20:00:00.000Z"), "21 Nov 2026, 01:30:00.000 UTC+5:30");
  assert.equal(formatZone("2026-11-21T01:02:03.004Z"), "UTC+5:30");
});

test("today is the reader's today", () => {
  const now = new Date("2026-11-21T01:00:00Z");
  assert.ok(isToday("2026-11-20T19:00:00Z", now));
  assert.ok(!isToday("2026-11-20T18:00:00Z", now));
});

test("times are shown in UTC or as how long ago, where the reader chose so", () => {
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

test("a time ahead is not called past", () => {
  assert.equal(formatAgo(-90_000), "in 1 min");
});

test("an age is told in one unit", () => {
  assert.deepEqual([0, 999, 4_200, 61_000, 7_300_000, 200_000_000].map(formatAgo), [
    "just now", "just now", "4 s ago", "1 min ago", "2 h ago", "2 d ago",
  ]);
});

test("counts are grouped and have their word", () => {
  assert.equal(formatCount(1_204), "1,204");
  assert.equal(pluralize(1, "event"), "1 event");
  assert.equal(pluralize(1_512, "event"), "1,512 events");
});

test("sizes are told in a unit one can read", () => {
  assert.deepEqual([0, 212, 1_536, 15_000, 1_048_576].map(formatBytes), ["0 B", "212 B", "1.5 KB", "15 KB", "1.0 MB"]);
});

test("what the eye would miss gets a sign", () => {
  assert.deepEqual(splitInvisible("a\u0000b\u202ec"), ["a", "\u0000", "b", "\u202e", "c"]);
  assert.deepEqual(splitInvisible("a\u00a0b\u3000"), ["a", "\u00a0", "b", "\u3000"]);
  assert.deepEqual(splitInvisible("a\n\tb é 漢 😀"), ["a\n\tb é 漢 😀"]);
  assert.equal(visibleSymbol("\u0000"), "␀");
  assert.equal(visibleSymbol("\u202e"), "U+202E");
  assert.equal(codePointName("\u200b"), "U+200B");
});
