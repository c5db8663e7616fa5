import assert from "node:assert/strict";
import { test } from "node:test";

import { Secrets } from "../../../../static/js/features/send/secrets.js";

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

test("secrets are requested once, and only on demand", async () => {
  const server = api(UNLOCKED);
  const secrets = new Secrets(server);
  assert.equal(secrets.known, null);
  assert.equal(server.asked.length, 0);
  await Promise.all([secrets.unlock(), secrets.unlock()]);
  assert.equal(await secrets.unlock(), UNLOCKED);
  assert.equal(secrets.known, UNLOCKED);
  assert.equal(server.asked.length, 1);
});

test("after a failure they are requested again", async () => {
  const secrets = new Secrets(api(new Error("not now"), UNLOCKED));
  await assert.rejects(secrets.unlock(), /not now/);
  assert.equal(secrets.known, null);
  assert.equal(await secrets.unlock(), UNLOCKED);
});
