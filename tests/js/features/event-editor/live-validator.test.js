import assert from "node:assert/strict";
import test from "node:test";

import { LiveValidator } from "../../../../static/js/features/event-editor/live-validator.js";

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function checking(validate) {
  const checker = new LiveValidator({ validate }, {});
  const results = [];
  checker.addEventListener("answered", ({ detail }) => results.push(detail.text));
  checker.addEventListener("failed", ({ detail }) => results.push(detail.message));
  return { checker, results };
}

test("only the text after typing stops is validated", async () => {
  const asked = [];
  const { checker, results } = checking(async (text) => asked.push(text));
  checker.check("a", 20);
  checker.check("ab", 20);
  await pause(60);
  assert.deepEqual([asked, results], [["ab"], ["ab"]]);
});

test("a late reply to an older text is ignored", async () => {
  const waits = { slow: 60, quick: 5 };
  const { checker, results } = checking((text) => pause(waits[text]));
  checker.check("slow", 0);
  await pause(20);
  checker.check("quick", 0);
  await pause(100);
  assert.deepEqual(results, ["quick"]);
});

test("a failure is reported, and so is the next reply", async () => {
  let fails = true;
  const { checker, results } = checking(async () => {
    if (fails) throw new Error("The server cannot be reached.");
  });
  checker.check("a", 0);
  await pause(20);
  fails = false;
  checker.check("b", 0);
  await pause(20);
  assert.deepEqual(results, ["The server cannot be reached.", "b"]);
});
