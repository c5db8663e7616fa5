import assert from "node:assert/strict";
import test from "node:test";

import { shortenUnchanged, visibleWhitespace } from "../../../static/js/ui/text-diff-view.js";

test("unchanged text is cut to its ends next to a change", () => {
  const long = "x".repeat(1_000);
  assert.equal(shortenUnchanged("short", false, false), "short");
  assert.equal(shortenUnchanged(long, true, false), ` … ${"x".repeat(80)}`);
  assert.equal(shortenUnchanged(long, false, true), `${"x".repeat(80)} … `);
});

test("added and removed white space is visible", () => {
  assert.deepEqual(["\n  ", " ", ",\n", "a b"].map(visibleWhitespace), ["↵", "␣", ",↵", "a b"]);
});
