import assert from "node:assert/strict";
import test from "node:test";

import { bytesFromBase64, hexDumpLines } from "../../../../static/js/core/text/hex-dump.js";

test("a dump shows the offset, the bytes and the ASCII characters", () => {
  const bytes = new TextEncoder().encode('{"a":"ü"}\n');
  assert.deepEqual(hexDumpLines(bytes, 0, 99, 8), [
    '000000  7B 22 61 22 3A 22 C3 BC   {"a":"··',
    `000008  22 7D 0A${" ".repeat(18)}"}·`,
  ]);
  const [line] = hexDumpLines(bytesFromBase64("/wBB"));
  assert.ok(line.startsWith("000000  FF 00 41 "));
  assert.ok(line.endsWith("  ··A"));
});

test("a dump can be rendered in parts", () => {
  const bytes = new Uint8Array(100);
  assert.deepEqual([...hexDumpLines(bytes, 0, 32), ...hexDumpLines(bytes, 32, 200)], hexDumpLines(bytes));
});
