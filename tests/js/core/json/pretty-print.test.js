import assert from "node:assert/strict";
import test from "node:test";

import { parseJson } from "../../../../static/js/core/json/lossless-json.js";
import { prettyPrint } from "../../../../static/js/core/json/pretty-print.js";

test("pretty-printing changes neither digits nor order nor escapes", () => {
  const raw = '{"b":12345678901234567890,"a":1.0,"a":-0,"s":"\\u00fc\\/","l":[1,{"x":[]},{}],"e":{}}';
  const text = prettyPrint(parseJson(raw));
  assert.equal(text.replaceAll(/\n *|(?<=":) /g, ""), raw);
  assert.deepEqual(text.split("\n").slice(0, 3), ["{", '  "b": 12345678901234567890,', '  "a": 1.0,']);
  assert.deepEqual(text.split("\n").slice(5, 11), ['  "l": [', "    1,", "    {", '      "x": []', "    },", "    {}"]);
});

test("deeply nested text is not expanded", () => {
  const text = prettyPrint(parseJson("[".repeat(50_000) + "]".repeat(50_000)));
  assert.ok(text.length < 50_000 * 80);
  assert.equal(text.replaceAll(/\s/g, ""), "[".repeat(50_000) + "]".repeat(50_000));
});
