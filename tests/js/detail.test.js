import assert from "node:assert/strict";
import test from "node:test";

import { findFirstMatch } from "../../static/js/api/find-first-match.js";
import { parseJson } from "../../static/js/core/json/lossless-json.js";
import { prettyPrint } from "../../static/js/core/json/pretty-print.js";
import { AdjacentEvents } from "../../static/js/features/detail-panel/adjacent-events.js";
import { longestCommonSubsequence } from "../../static/js/core/text/lcs.js";
import { explainEvent } from "../../static/js/core/text/explain-event.js";
import { bytesFromBase64, hexDumpLines } from "../../static/js/core/text/hex-dump.js";
import { countChanges, diffText } from "../../static/js/core/text/text-diff.js";

// -- indented JSON ---------------------------------------------------------------------------------

test("indenting changes neither digits nor order nor escapes", () => {
  const raw = '{"b":12345678901234567890,"a":1.0,"a":-0,"s":"\\u00fc\\/","l":[1,{"x":[]},{}],"e":{}}';
  const text = prettyPrint(parseJson(raw));
  assert.equal(text.replaceAll(/\n *|(?<=":) /g, ""), raw);
  assert.deepEqual(text.split("\n").slice(0, 3), ["{", '  "b": 12345678901234567890,', '  "a": 1.0,']);
  assert.deepEqual(text.split("\n").slice(5, 11), ['  "l": [', "    1,", "    {", '      "x": []', "    },", "    {}"]);
});

test("what nests deeply stays as long as it is", () => {
  const text = prettyPrint(parseJson("[".repeat(50_000) + "]".repeat(50_000)));
  assert.ok(text.length < 50_000 * 80);
  assert.equal(text.replaceAll(/\s/g, ""), "[".repeat(50_000) + "]".repeat(50_000));
});

// -- bytes ----------------------------------------------------------------------------------------

test("a dump tells the place, the bytes and those that are ASCII", () => {
  const bytes = new TextEncoder().encode('{"a":"ü"}\n');
  assert.deepEqual(hexDumpLines(bytes, 0, 99, 8), [
    '000000  7B 22 61 22 3A 22 C3 BC   {"a":"··',
    `000008  22 7D 0A${" ".repeat(18)}"}·`,
  ]);
  const [line] = hexDumpLines(bytesFromBase64("/wBB"));
  assert.ok(line.startsWith("000000  FF 00 41 "));
  assert.ok(line.endsWith("  ··A"));
});

test("a dump can be had part by part", () => {
  const bytes = new Uint8Array(100);
  assert.deepEqual([...hexDumpLines(bytes, 0, 32), ...hexDumpLines(bytes, 32, 200)], hexDumpLines(bytes));
});

// -- differences of texts --------------------------------------------------------------------------

test("two texts differ where one left something out", () => {
  const parts = diffText('{"a":"x","b":1}', '{"a":"x" "b":22}');
  assert.deepEqual(parts, [
    ["=", '{"a":"x"'],
    ["-", ","],
    ["+", " "],
    ["=", '"b":'],
    ["-", "1"],
    ["+", "22"],
    ["=", "}"],
  ]);
  assert.equal(countChanges(parts), 2);
});

test("each side of a difference can be put together again", () => {
  const texts = ["", "a", "one two three", "one 2 three!", "😀 x 😁", "😁 x 😁", "\ud83d", "aXbXc", "aYbYc", "x".repeat(300_000)];
  const side = (parts, own) => parts.filter(([sign]) => sign === "=" || sign === own).map(([, text]) => text).join("");
  for (const a of texts) {
    for (const b of texts) {
      const parts = diffText(a, b);
      assert.equal(side(parts, "-"), a);
      assert.equal(side(parts, "+"), b);
      assert.equal(countChanges(parts) === 0, a === b);
    }
  }
});

test("a pair of surrogates is never parted", () => {
  assert.deepEqual(diffText("a😀b", "a😁b"), [["=", "a"], ["-", "😀"], ["+", "😁"], ["=", "b"]]);
});

test("a longest common part is found, and long ones in time", () => {
  const found = longestCommonSubsequence([..."xaybzc"], [..."abc"]);
  assert.deepEqual(found, [[1, 0], [3, 1], [5, 2]]);
  const start = performance.now();
  diffText("a b ".repeat(250_000), "b c ".repeat(250_000));
  assert.ok(performance.now() - start < 20_000);
});

// -- an explanation ---------------------------------------------------------------------------------

test("an explanation is a text for a ticket", () => {
  const event = {
    seq: 12,
    name: "feature",
    verdict: "invalid",
    received_at: "2026-11-21T02:19:07.189Z",
    delivery: 3,
    status: 200,
    problems: [
      { code: "missing-field", severity: "error", path: "/userId", message: "“userId” is missing.", hint: "Add it.", basis: "documented" },
      { code: "odd", severity: "warning", path: "", message: "Odd.", hint: "" },
    ],
  };
  const places = { placeOf: ({ path }) => path || "whole event", help: "http://h/help/problems", link: "http://h/pairs/1/#event-12" };
  assert.equal(
    explainEvent(event, places),
    `Event No. 12 “feature”: invalid, 2 problems
Received 2026-11-21T02:19:07.189Z, delivery No. 3, answered 200
http://h/pairs/1/#event-12

1. error at /userId: “userId” is missing.
   Add it.
   http://h/help/problems#missing-field (documented by the vendor)

2. warning at whole event: Odd.
   http://h/help/problems#odd`,
  );
  assert.ok(explainEvent({ ...event, problems: [], verdict: "valid", name: null }, places).startsWith("Event No. 12: valid, no problems\n"));
});

// -- neighbours --------------------------------------------------------------------------------------

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

test("beyond a gap the server is asked, with the filter of the list", async () => {
  const { next, asked } = neighbours([event(9), gap(3, 8)], { found: [event(6)], query: "name:a", ceiling: 9, since: "2" });
  assert.deepEqual(next.exist(9), [false, true]);
  assert.equal(await next.beside(9, -1), 6);
  assert.equal(await next.beside(4, 1), 6);
  assert.deepEqual(asked, [
    { before: 9, after: 2, order: "desc", q: "name:a", limit: 1 },
    { after: 4, before: 10, order: "asc", q: "name:a", limit: 1 },
  ]);
});

test("there is none where nothing is kept", () => {
  const { next } = neighbours([event(9), gap(1, 8, false)]);
  assert.deepEqual(next.exist(9), [false, false]);
  assert.deepEqual(neighbours([]).next.exist(4), [false, false]);
});

test("a search that takes its time is followed to its end", async () => {
  const answers = [{ events: [], searched_to: 50 }, { events: [], searched_to: 20 }, { events: [{ seq: 7 }] }];
  const asked = [];
  const api = { events: async ({ before }) => (asked.push(before), answers.shift()) };
  assert.deepEqual(await findFirstMatch(api, { before: 90, order: "desc" }), { seq: 7 });
  assert.deepEqual(asked, [90, 50, 20]);
});
