import assert from "node:assert/strict";
import test from "node:test";

import { parseJson } from "../../static/js/core/json/lossless-json.js";
import { problemRangeIn } from "../../static/js/core/json/problem-range.js";
import { locateProblems, validationSummary, worstVerdict } from "../../static/js/features/event-editor/validation-result.js";
import { lineAndColumn } from "../../static/js/core/text/excerpt.js";

const cut = (text, problem) => text.slice(...problemRangeIn(text, problem));

test("a field's place reaches from its name to the end of its value", () => {
  const text = '\ufeff{ "a" : 1 , "é":{"b": [ 10, "x,y" ]}}';
  assert.equal(cut(text, { path: "/a" }), '"a" : 1');
  assert.equal(cut(text, { path: "/é/b/1" }), '"x,y"');
  assert.equal(cut(text, { path: "/é" }), '"é":{');
});

test("a missing field's place is what it is missing in", () => {
  assert.equal(cut('{"user":{}}', { path: "/user/id" }), '"user":{');
  assert.equal(cut('{"user":{}}', { path: "/id" }), "{");
});

test("of two equal names the last one is the place", () => {
  assert.equal(cut('{"a":1,"a":2}', { path: "/a" }), '"a":2');
});

test("broken text breaks at a character, counted as people do", () => {
  assert.deepEqual(problemRangeIn('{"😀" 1}', { column: 6 }), [6, 7]);
  assert.equal(cut("{'a'}", { column: 2 }), "'");
});

test("the place is the start where text and problem do not fit", () => {
  assert.deepEqual(problemRangeIn("{", { path: "/a" }), [0, 0]);
});

test("asking for places changes nothing of what is read", () => {
  const text = '{"a":[1,{"b":null}],"c":"d"}';
  assert.deepEqual(parseJson(text, new Map()), parseJson(text));
});

test("lines and columns count from 1", () => {
  assert.deepEqual(lineAndColumn("ab\nc😀d", 0), { line: 1, column: 1 });
  assert.deepEqual(lineAndColumn("ab\nc😀d", 6), { line: 2, column: 3 });
});

// -- an answer of the endpoint ---------------------------------------------------------------

const balance = (counts) => ({ received: 0, valid: 0, warning: 0, invalid: 0, malformed: 0, ...counts });

test("the problems of several lines stand at their own lines", () => {
  const events = ["{}", "{ ", "{}"].map((raw) => ({ raw, problems: [{ column: 1 }] }));
  const found = locateProblems("{}\n{ \n{}", { events, problems: [] });
  assert.deepEqual(found.map(({ place }) => place), [[0, 1], [3, 4], [6, 7]]);
  assert.equal(found[1].words, "line 2: character 1");
});

test("the worst verdict leads, and the rest is counted", () => {
  const answer = { status: 200, balance: balance({ received: 3, valid: 2, malformed: 1 }) };
  assert.equal(worstVerdict(answer), "malformed");
  assert.equal(validationSummary(answer), "3 events: 1 malformed, 2 valid. The sender would get 200, but the vendor would drop 1 of them.");
});

test("what is refused as a whole says so", () => {
  const answer = { status: 400, balance: balance({}) };
  assert.equal(worstVerdict(answer), "refused");
  assert.equal(validationSummary(answer), "0 events. The sender would get 400.");
});
