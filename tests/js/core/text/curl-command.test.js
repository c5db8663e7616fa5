import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";

import { curlCommand, shellQuote } from "../../../../static/js/core/text/curl-command.js";

test("a shell reads a quoted text unchanged", () => {
  for (const text of [`it's "so" $HOME \`x\` \\ !`, "'", "a\nb\t", "", "@file", "é😀"]) {
    assert.equal(execFileSync("sh", ["-c", `printf %s ${shellQuote(text)}`], { encoding: "utf8" }), text);
  }
});

test("the curl command ends with the body", () => {
  assert.equal(curlCommand("curl -i 'http://x/'", "{}"), "curl -i 'http://x/' \\\n  --data-raw '{}'");
});
