import assert from "node:assert/strict";
import { test } from "node:test";

import { fileNameOf, readAsBlob } from "../../static/js/features/export/download.js";
import { RowCounter } from "../../static/js/features/export/row-counter.js";
import { exportScope, describeScope } from "../../static/js/features/export/export-scope.js";

const addressOf = (search) => {
  const params = new URLSearchParams(search);
  return { get: (name) => params.get(name) ?? "" };
};

test("an export holds what the list shows", () => {
  assert.deepEqual(exportScope(addressOf("")), {});
  assert.deepEqual(exportScope(addressOf("q=a&since=12&group=1")), { q: "a", after: "12" });
  assert.deepEqual(exportScope(addressOf("q=a&mode=highlight")), {});
});

test("the menu says of how many events", () => {
  const kept = { first: 11, last: 1_214 };
  assert.equal(describeScope({}, kept), "1,204 events kept");
  assert.equal(describeScope({ after: "1213" }, kept), "1 event after No. 1,213");
  assert.equal(describeScope({ after: "5" }, kept), "1,204 events after No. 5");
  assert.equal(describeScope({ q: "a", after: "5" }, kept), "Events that match the query after No. 5");
  assert.equal(describeScope({}, { first: 0, last: 9 }), "0 events kept");
});

test("the name of the file is the server's", () => {
  assert.equal(fileNameOf('attachment; filename="a-b.csv"'), "a-b.csv");
  assert.equal(fileNameOf("attachment; filename*=utf-8''%C3%BC-1.json"), "ü-1.json");
  assert.equal(fileNameOf(null), "events");
});

const TEXTS = {
  ndjson: ['{"raw":"a\\nb"}\n', '{"raw":"{},"}\n', "{}\n"],
  json: ["[\n", '{"a":"\\"}"}', ",\n", "{}", ",\n", "[{}]}", "\n]\n"],
  csv: ["a,b\r\n", '1,"x\r\ny"\r\n', '2,"say ""hi""\n"\r\n', "3,\r\n"],
  raw: ["{}\n", "\n", "x\n"],
};

for (const [format, texts] of Object.entries(TEXTS)) {
  test(`events of ${format} are counted however their bytes arrive`, () => {
    const bytes = new TextEncoder().encode(texts.join(""));
    for (const size of [1, 2, 5, 1_000]) {
      const counter = new RowCounter(format);
      for (let at = 0; at < bytes.length; at += size) counter.add(bytes.subarray(at, at + size));
      assert.equal(counter.count, 3, `${size} bytes a part`);
    }
  });
}

test("nothing is no event", () => {
  for (const [format, text] of [["csv", "a,b\r\n"], ["json", "[\n\n]\n"], ["ndjson", ""]]) {
    const counter = new RowCounter(format);
    counter.add(new TextEncoder().encode(text));
    assert.equal(counter.count, 0, format);
  }
});

test("an answer is read to its end, and told part by part", async () => {
  const told = [];
  const blob = await readAsBlob(new Response("some text"), (part) => told.push(part.length));
  assert.equal(await blob.text(), "some text");
  assert.equal(told.reduce((a, b) => a + b), 9);
});

test("what is more than may be held is let go", async () => {
  let isCancelled = false;
  const endless = new ReadableStream({
    pull: (control) => control.enqueue(new Uint8Array(600)),
    cancel: () => (isCancelled = true),
  });
  assert.equal(await readAsBlob(new Response(endless), () => {}, 1_000), null);
  assert.ok(isCancelled);
});

test("an answer that breaks off throws", async () => {
  const broken = new ReadableStream({ pull: (control) => control.error(new TypeError("gone")) });
  await assert.rejects(readAsBlob(new Response(broken), () => {}), TypeError);
});
