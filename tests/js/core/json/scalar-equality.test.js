import assert from "node:assert/strict";
import test from "node:test";

import { parseJson } from "../../../../static/js/core/json/lossless-json.js";
import { isSameScalar } from "../../../../static/js/core/json/scalar-equality.js";

test("equal values are distinguished from others exactly", () => {
  const same = (a, b) => isSameScalar(parseJson(a), parseJson(b));
  for (const [a, b] of [["1", "1.0"], ["100", "1e2"], ["0", "-0.00"], ["1E400", "10e399"], ['"a"', '"\\u0061"']]) {
    assert.ok(same(a, b), `${a} ${b}`);
  }
  for (const [a, b] of [["1", "-1"], ["9007199254740993", "9007199254740992"], ["0.1", "0.10000000000000001"], ["1", '"1"']]) {
    assert.ok(!same(a, b), `${a} ${b}`);
  }
});
