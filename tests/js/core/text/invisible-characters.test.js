import assert from "node:assert/strict";
import test from "node:test";

import { codePointName, splitInvisible, visibleSymbol } from "../../../../static/js/core/text/invisible-characters.js";

test("invisible characters get a visible sign", () => {
  assert.deepEqual(splitInvisible("a\u0000b\u202ec"), ["a", "\u0000", "b", "\u202e", "c"]);
  assert.deepEqual(splitInvisible("a\u00a0b\u3000"), ["a", "\u00a0", "b", "\u3000"]);
  assert.deepEqual(splitInvisible("a\n\tb é 漢 😀"), ["a\n\tb é 漢 😀"]);
  assert.equal(visibleSymbol("\u0000"), "␀");
  assert.equal(visibleSymbol("\u202e"), "U+202E");
  assert.equal(codePointName("\u200b"), "U+200B");
});
