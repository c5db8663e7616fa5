import assert from "node:assert/strict";
import { test } from "node:test";

import { describeScope, exportScope } from "../../../../static/js/features/export/export-scope.js";

const addressOf = (search) => {
  const params = new URLSearchParams(search);
  return { get: (name) => params.get(name) ?? "" };
};

test("an export contains the listed events", () => {
  assert.deepEqual(exportScope(addressOf("")), {});
  assert.deepEqual(exportScope(addressOf("q=a&since=12&group=1")), { q: "a", after: "12" });
  assert.deepEqual(exportScope(addressOf("q=a&mode=highlight")), {});
});

test("the menu shows the number of events", () => {
  const kept = { first: 11, last: 1_214 };
  assert.equal(describeScope({}, kept), "1,204 events kept");
  assert.equal(describeScope({ after: "1213" }, kept), "1 event after No. 1,213");
  assert.equal(describeScope({ after: "5" }, kept), "1,204 events after No. 5");
  assert.equal(describeScope({ q: "a", after: "5" }, kept), "Events that match the query after No. 5");
  assert.equal(describeScope({}, { first: 0, last: 9 }), "0 events kept");
});
