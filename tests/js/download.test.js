import assert from "node:assert/strict";
import { test } from "node:test";

import { fileNameOf, readAsBlob } from "../../static/js/features/export/download.js";

test("the name of the file is the server's", () => {
  assert.equal(fileNameOf('attachment; filename="a-b.csv"'), "a-b.csv");
  assert.equal(fileNameOf("attachment; filename*=utf-8''%C3%BC-1.json"), "ü-1.json");
  assert.equal(fileNameOf(null), "events");
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
