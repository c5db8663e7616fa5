import assert from "node:assert/strict";
import test from "node:test";

import { countChanges, diffText } from "../../../../static/js/core/text/text-diff.js";

test("two texts differ where one has additional text", () => {
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

test("each side of a difference can be reassembled", () => {
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

test("a surrogate pair is never split", () => {
  assert.deepEqual(diffText("a😀b", "a😁b"), [["=", "a"], ["-", "😀"], ["+", "😁"], ["=", "b"]]);
});
