import assert from "node:assert/strict";
import test from "node:test";

import { completeQuery } from "../../../../static/js/core/query/complete-query.js";

const FIELDS = [
  { name: "verdict", values: [["invalid", 12], ["valid", 0]] },
  { name: "name", values: [["feature", 9], ["page view", 3]] },
  { name: "time", values: [] },
  { name: "userId", values: [["u-1", 2]] },
  { name: 'properties."first name"', values: [["Ada", 1]] },
];

// The text after the choice of an option; "|" marks the caret before it.
function completed(marked, label) {
  const caret = marked.indexOf("|");
  const text = marked.replace("|", "");
  const { from, to, options } = completeQuery(text, caret, FIELDS);
  const { insert } = options.find((option) => option.label === label);
  return text.slice(0, from) + insert + text.slice(to);
}

const labels = (marked) =>
  completeQuery(marked.replace("|", ""), marked.indexOf("|"), FIELDS).options.map(({ label }) => label);

test("a word completes to names, those with that prefix first", () => {
  assert.deepEqual(labels("na|"), ["name", 'properties."first name"']);
  assert.equal(completed("a OR -na| b", "name"), "a OR -name: b");
  assert.equal(labels("|").length, FIELDS.length);
});

test("a word completes to values that contain it", () => {
  assert.deepEqual(labels("view|"), ["name:page view"].map(() => 'name:"page view"'));
  assert.equal(completed("-view|", '-name:"page view"'), '-name:"page view" ');
});

test("after the operator the field's values are offered, the most frequent first", () => {
  assert.deepEqual(labels("name:|"), ["name:feature", 'name:"page view"', "name:*"]);
  assert.deepEqual(labels("userId:u|"), ["userId:u-1"]);
  assert.equal(completed('x properties."first name":A|da y', 'properties."first name":Ada'), 'x properties."first name":Ada  y');
});

test("a value in quotes is one word up to its end", () => {
  assert.equal(completed('name:"page v|iew" x', 'name:"page view"'), 'name:"page view"  x');
});

test("times are offered as ranges up to now", () => {
  assert.equal(completed("time:|", "time>-5m"), "time>-5m ");
  assert.equal(completed("-time>-1|", "time>-1h"), "-time>-1h ");
});

test("unknown fields have no suggestions", () => {
  for (const text of ["unknown:x|", "total>|", '"free te|', "(|"]) assert.deepEqual(labels(text), []);
});
