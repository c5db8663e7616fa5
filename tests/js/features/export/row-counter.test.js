import assert from "node:assert/strict";
import { test } from "node:test";

import { RowCounter } from "../../../../static/js/features/export/row-counter.js";

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

test("an empty body has no events", () => {
  for (const [format, text] of [["csv", "a,b\r\n"], ["json", "[\n\n]\n"], ["ndjson", ""]]) {
    const counter = new RowCounter(format);
    counter.add(new TextEncoder().encode(text));
    assert.equal(counter.count, 0, format);
  }
});
