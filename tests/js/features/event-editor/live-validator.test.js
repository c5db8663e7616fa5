import assert from "node:assert/strict";
import test from "node:test";

import { LiveValidator } from "../../../../static/js/features/event-editor/live-validator.js";

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function checking(validate) {
  const checker = new LiveValidator({ validate }, {});
  const shown = [];
  checker.addEventListener("answered", ({ detail }) => shown.push(detail.text));
  checker.addEventListener("failed", ({ detail }) => shown.push(detail.message));
  return { checker, shown };
}

test("only the text after typing stops is validated", async () => {
  const asked = [];
  const { checker, shown } = checking(async (text) => asked.push(text));
  checker.check("a", 20);
  checker.check("ab", 20);
  await pause(60);
  assert.deepEqual([asked, shown], [["ab"], ["ab"]]);
});

test("a late reply to an older text is ignored", async () => {
  const waits = { slow: 60, quick: 5 };
  const { checker, shown } = checking((text) => pause(waits[text]));
  checker.check("slow", 0);
  await pause(20);
  checker.check("quick", 0);
  await pause(100);
  assert.deepEqual(shown, ["quick"]);
});

test("a failure is reported, and so is the next reply", async () => {
  let fails = true;
  const { checker, shown } = checking(async () => {
    if (fails) throw new Error("The server cannot be reached.");
  });
  checker.check("a", 0);
  await pause(20);
  fails = false;
  checker.check("b", 0);
  await pause(20);
  assert.deepEqual(shown, ["The server cannot be reached.", "b"]);
});
