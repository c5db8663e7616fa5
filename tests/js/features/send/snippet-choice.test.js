import assert from "node:assert/strict";
import { test } from "node:test";

import { Secrets, curlWithKeys } from "../../../../static/js/features/send/secrets.js";
import { choiceName, findChoice, tabAfter, textIn, variantOf } from "../../../../static/js/features/send/snippet-choice.js";

const UNLOCKED = {
  languages: [{ language: "curl", variants: [{ title: "plain", text: "curl KEY" }, { title: "gzip", text: "gzip KEY" }] }],
  samples: { curl: "curl -i http://host/KEY" },
};

function api(...answers) {
  const asked = [];
  return {
    asked,
    async secrets() {
      asked.push(1);
      const answer = answers[Math.min(asked.length, answers.length) - 1];
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
}

const LANGUAGES = [
  { language: "curl", variants: [{ title: "plain" }, { title: "gzip" }] },
  { language: "Go", variants: [{ title: "" }] },
];

test("the text of a choice is found in the revealed snippets", async () => {
  const [language] = UNLOCKED.languages;
  assert.equal(textIn(UNLOCKED.languages, { language, variant: { title: "gzip" } }), "gzip KEY");
  assert.match(await curlWithKeys(new Secrets(api(UNLOCKED)), '{"a":1}'), /http:\/\/host\/KEY/);
});

test("the remembered snippet is selected again, or the first one if it no longer exists", () => {
  for (const name of ["curl/plain", "curl/gzip", "Go/"]) {
    assert.equal(choiceName(findChoice(LANGUAGES, name)), name);
  }
  assert.equal(choiceName(findChoice(LANGUAGES, null)), "curl/plain");
  assert.equal(choiceName(findChoice(LANGUAGES, "Cobol/")), "curl/plain");
  assert.equal(choiceName(findChoice(LANGUAGES, "curl/none")), "curl/plain");
  assert.equal(variantOf(LANGUAGES[0], "gzip").title, "gzip");
});

test("arrow keys wrap around the tabs, Home and End go to the ends", () => {
  assert.deepEqual([tabAfter("ArrowRight", 2, 3), tabAfter("ArrowLeft", 0, 3)], [0, 2]);
  assert.deepEqual([tabAfter("Home", 2, 3), tabAfter("End", 0, 3)], [0, 2]);
  assert.equal(tabAfter("a", 0, 3), undefined);
});
