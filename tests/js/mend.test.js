import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";

import { LiveValidator } from "../../static/js/features/event-editor/live-validator.js";
import { visibleWhitespace, shortenUnchanged } from "../../static/js/ui/text-diff-view.js";
import { findSentEvent } from "../../static/js/features/send/find-sent-event.js";
import { curlCommand, shellQuote } from "../../static/js/core/text/curl-command.js";

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

test("a shell reads a quoted text as it was", () => {
  for (const text of [`it's "so" $HOME \`x\` \\ !`, "'", "a\nb\t", "", "@file", "é😀"]) {
    assert.equal(execFileSync("sh", ["-c", `printf %s ${shellQuote(text)}`], { encoding: "utf8" }), text);
  }
});

test("the curl command ends with the body", () => {
  assert.equal(curlCommand("curl -i 'http://x/'", "{}"), "curl -i 'http://x/' \\\n  --data-raw '{}'");
});

test("what stays the same is cut to its ends next to a change", () => {
  const long = "x".repeat(1_000);
  assert.equal(shortenUnchanged("short", false, false), "short");
  assert.equal(shortenUnchanged(long, true, false), ` … ${"x".repeat(80)}`);
  assert.equal(shortenUnchanged(long, false, true), `${"x".repeat(80)} … `);
});

test("white space that comes or goes is seen", () => {
  assert.deepEqual(["\n  ", " ", ",\n", "a b"].map(visibleWhitespace), ["↵", "␣", ",↵", "a b"]);
});

// -- asking as one types ----------------------------------------------------------------------

function checking(validate) {
  const checker = new LiveValidator({ validate }, {});
  const told = [];
  checker.addEventListener("answered", ({ detail }) => told.push(detail.text));
  checker.addEventListener("failed", ({ detail }) => told.push(detail.message));
  return { checker, told };
}

test("only what stands when typing rests is asked", async () => {
  const asked = [];
  const { checker, told } = checking(async (text) => asked.push(text));
  checker.check("a", 20);
  checker.check("ab", 20);
  await pause(60);
  assert.deepEqual([asked, told], [["ab"], ["ab"]]);
});

test("a late answer to an older text is not told", async () => {
  const waits = { slow: 60, quick: 5 };
  const { checker, told } = checking((text) => pause(waits[text]));
  checker.check("slow", 0);
  await pause(20);
  checker.check("quick", 0);
  await pause(100);
  assert.deepEqual(told, ["quick"]);
});

test("a failure is told, and the next answer again", async () => {
  let fails = true;
  const { checker, told } = checking(async () => {
    if (fails) throw new Error("The server cannot be reached.");
  });
  checker.check("a", 0);
  await pause(20);
  fails = false;
  checker.check("b", 0);
  await pause(20);
  assert.deepEqual(told, ["The server cannot be reached.", "b"]);
});

// -- the number of what was sent --------------------------------------------------------------

test("what was sent is known by its text, among what others send", async () => {
  const events = [{ seq: 8, raw: "{}" }, { seq: 9, raw: null }, { seq: 10, raw: '{"a":1}' }];
  const api = { events: async ({ after }) => ({ events: events.filter(({ seq }) => seq > after), last: 10 }) };
  assert.equal(await findSentEvent(api, '{"a":1}\n', 7), 10);
});

test("what was refused gets no number", async () => {
  const api = { events: async () => ({ events: [], last: 7 }) };
  assert.equal(await findSentEvent(api, "{}", 7), 0);
});
