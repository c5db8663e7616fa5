import assert from "node:assert/strict";
import { test } from "node:test";

import { fileNameOf, readAsBlob } from "../../../../static/js/features/export/download.js";

test("the server determines the name of the file", () => {
  assert.equal(fileNameOf('attachment; filename="a-b.csv"'), "a-b.csv");
  assert.equal(fileNameOf("attachment; filename*=utf-8''%C3%BC-1.json"), "ü-1.json");
  assert.equal(fileNameOf(null), "events");
});

test("a reply is read to its end, with progress for each part", async () => {
  const sizes = [];
  const blob = await readAsBlob(new Response("some text"), (part) => sizes.push(part.length));
  assert.equal(await blob.text(), "some text");
  assert.equal(sizes.reduce((a, b) => a + b), 9);
});

test("data above the limit is discarded", async () => {
  let isCancelled = false;
  const endless = new ReadableStream({
    pull: (control) => control.enqueue(new Uint8Array(600)),
    cancel: () => (isCancelled = true),
  });
  assert.equal(await readAsBlob(new Response(endless), () => {}, 1_000), null);
  assert.ok(isCancelled);
});

test("an interrupted reply throws", async () => {
  const broken = new ReadableStream({ pull: (control) => control.error(new TypeError("gone")) });
  await assert.rejects(readAsBlob(new Response(broken), () => {}), TypeError);
});
