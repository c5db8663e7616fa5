import assert from "node:assert/strict";
import test from "node:test";

import { parseJson } from "../../../../static/js/core/json/lossless-json.js";

const value = (text) => parseJson(text).members[0].value;

const BROKEN = [
  "", " ", "{", "[", "{]", "[1,]", '{"a":1,}', "[1 2]", '{"a" 1}', "{a:1}", "{'a':1}", "01", "1.", ".5", "+1", "NaN",
  "tru", '"', '"\\x"', '"\\u12"', '"a\nb"', '"a\tb"', "[]]", "{}{}", "1 2", "[,1]", '{"a":}', "-",
];

test("digits stay as sent", () => {
  for (const digits of ["1.0", "1e3", "-0", "12345678901234567890", "9".repeat(400), "1E+400"]) {
    assert.deepEqual(value(`{"n":${digits}}`), { kind: "number", text: digits });
  }
});

test("escapes stay as sent and key names are decoded", () => {
  const [member] = parseJson(String.raw`{"\u0061\"":"\u00e9\n\ud800"}`).members;
  assert.equal(member.key, String.raw`"\u0061\""`);
  assert.equal(member.name, 'a"');
  assert.equal(member.value.text, String.raw`"\u00e9\n\ud800"`);
});

test("a duplicate key is kept twice, in order", () => {
  const { members } = parseJson('{"b":1,"a":2,"b":3}');
  assert.deepEqual(members.map((m) => [m.name, m.value.text]), [["b", "1"], ["a", "2"], ["b", "3"]]);
});

test("__proto__ is a key like any other", () => {
  assert.equal(parseJson('{"__proto__":{"a":1}}').members[0].name, "__proto__");
});

test("a nesting of 10,000 is read", () => {
  let node = parseJson("[".repeat(10_000) + "]".repeat(10_000));
  let depth = 1;
  while (node.items.length) [node, depth] = [node.items[0], depth + 1];
  assert.equal(depth, 10_000);
});

test("a string of a megabyte is read", () => {
  const text = `"${"x\\n".repeat(350_000)}"`;
  assert.equal(parseJson(text).text, text);
});

test("white space and a byte order mark are skipped", () => {
  assert.equal(parseJson('\ufeff \r\n\t{ "a" : [ ] } \n').members[0].value.kind, "array");
});

test("literals, empty containers and bare values are read", () => {
  assert.deepEqual(parseJson("[true,false,null]").items.map((n) => n.text), ["true", "false", "null"]);
  assert.deepEqual(parseJson("{}"), { kind: "object", members: [] });
  assert.deepEqual(parseJson('"a"'), { kind: "string", text: '"a"' });
});

for (const text of BROKEN) {
  test(`is no JSON: ${JSON.stringify(text)}`, () => assert.throws(() => parseJson(text), SyntaxError));
}

test("agrees with JSON.parse on what is JSON", () => {
  const pieces = ["{", "}", "[", "]", ",", ":", '"a"', "1", "-2.5e3", "true", "null", " ", '"\\n"'];
  let seed = 7;
  const next = () => (seed = (seed * 48271) % 2147483647);
  const accepts = (read, text) => { try { read(text); return true; } catch { return false; } };
  for (let i = 0; i < 20_000; i++) {
    const text = Array.from({ length: 1 + (next() % 7) }, () => pieces[next() % pieces.length]).join("");
    assert.equal(accepts(parseJson, text), accepts(JSON.parse, text), text);
  }
});

test("recording locations does not change the result", () => {
  const text = '{"a":[1,{"b":null}],"c":"d"}';
  assert.deepEqual(parseJson(text, new Map()), parseJson(text));
});
