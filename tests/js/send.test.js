import assert from "node:assert/strict";
import { test } from "node:test";
import { throttle } from "../../static/js/dom/throttle.js";
import { withCurrentTime, replySummary } from "../../static/js/features/send/send-request.js";
import { findChoice, choiceName, tabAfter, variantOf } from "../../static/js/features/send/snippet-choice.js";
import { failureReason, checklistSteps } from "../../static/js/features/send/checklist-steps.js";

const LANGUAGES = [
  { language: "curl", variants: [{ title: "plain" }, { title: "gzip" }] },
  { language: "Go", variants: [{ title: "" }] },
];

test("the remembered snippet is found again, and the first one where there is none such", () => {
  for (const name of ["curl/plain", "curl/gzip", "Go/"]) {
    assert.equal(choiceName(findChoice(LANGUAGES, name)), name);
  }
  assert.equal(choiceName(findChoice(LANGUAGES, null)), "curl/plain");
  assert.equal(choiceName(findChoice(LANGUAGES, "Cobol/")), "curl/plain");
  assert.equal(choiceName(findChoice(LANGUAGES, "curl/none")), "curl/plain");
  assert.equal(variantOf(LANGUAGES[0], "gzip").title, "gzip");
});

test("arrows turn the tabs round, Home and End go to the ends", () => {
  assert.deepEqual([tabAfter("ArrowRight", 2, 3), tabAfter("ArrowLeft", 0, 3)], [0, 2]);
  assert.deepEqual([tabAfter("Home", 2, 3), tabAfter("End", 0, 3)], [0, 2]);
  assert.equal(tabAfter("a", 0, 3), undefined);
});

test("a sample is sent with the time of the click, however it is written", () => {
  const made = { milliseconds: 1795227547189, seconds: 1795227547, iso: "2026-11-21T02:59:07.189Z" };
  const text = "1795227547189 1795227547 2026-11-21T02:59:07.189Z 17";
  const at = Date.UTC(2026, 10, 21, 8, 30, 1, 5);
  assert.equal(withCurrentTime(text, made, at), `${at} ${Math.floor(at / 1000)} 2026-11-21T08:30:01.005Z 17`);
});

test("a reply in a sentence", () => {
  const headers = new Map([["X-Problem-Detail", "Why."]]);
  assert.equal(replySummary({ reply: { status: 400, headers }, took: 3 }), "400: refused in 3 ms. Why.");
  assert.equal(replySummary({ reply: { status: 200, headers: new Map() }, took: 3 }), "200: accepted in 3 ms.");
});

test("the checklist begins with the page's own line", () => {
  const states = (line) => checklistSteps(line, null).map(({ state }) => state).join(" ");
  assert.equal(states("live"), "done open open open open open open");
  assert.equal(states("connecting"), "open open open open open open open");
  assert.equal(states("reconnecting"), "failed open open open open open open");
  assert.equal(checklistSteps("reconnecting", null)[0].message, "The server does not answer.");
  assert.match(checklistSteps("signed-out", null)[0].hint, /^Sign in again/);
});

test("steps of the server follow, each with its title", () => {
  const steps = [{ name: "request", state: "done" }, { name: "keys", state: "failed", message: "No.", hint: "Yes." }];
  const [, request, keys] = checklistSteps("live", { steps });
  assert.deepEqual([request.title, request.message, keys.title], ["Request seen", "", "Keys accepted"]);
  assert.equal(failureReason({ steps }), "No. Yes.");
  assert.equal(failureReason({ steps: steps.slice(0, 1) }), "");
  assert.equal(failureReason(null), "");
});

test("many wishes are one run, and one more for what was wished meanwhile", async () => {
  let runs = 0;
  const wish = throttle(40, () => (runs += 1));
  for (let n = 0; n < 50; n++) wish();
  await new Promise((done) => setTimeout(done, 15));
  assert.equal(runs, 1);
  wish();
  wish();
  assert.equal(runs, 1);
  await new Promise((done) => setTimeout(done, 60));
  assert.equal(runs, 2);
});
