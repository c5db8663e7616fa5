// Parses JSON into nodes that keep every token as it was sent: digits, escapes, key order, duplicate keys.
// Iterative, so that deep nesting does not overflow the stack.
//   {kind: "object", members: [{key: '"a"', name: "a", value: node}]}
//   {kind: "array",  items: [node]}
//   {kind: "string" | "number" | "literal", text}
// `places`, if given, is filled with the range of each node in the text, [start, end]: from the key
// to the end of the value, or to its opening bracket.

const BLANK = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERAL = /true|false|null/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

function match(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

function fail(at) {
  throw new SyntaxError(`Not JSON at character ${at}.`);
}

function stringEnd(text, start) {
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at];
    if (character === '"') return at + 1;
    if (character < " ") fail(at);
    if (character === "\\") at += (match(ESCAPE, text, at).length || fail(at)) - 1;
  }
  return fail(text.length);
}

class Reader {
  #text;
  #at;

  constructor(text) {
    this.#text = text;
    this.#at = text.startsWith("\ufeff") ? 1 : 0;
  }

  get at() {
    return this.#at;
  }

  fail() {
    fail(this.#at);
  }

  // The next non-blank character, without consuming it; "" at the end.
  peek() {
    this.#at += match(BLANK, this.#text, this.#at).length;
    return this.#text[this.#at] ?? "";
  }

  take(character) {
    if (this.peek() !== character) return false;
    this.#at += 1;
    return true;
  }

  expect(character) {
    if (!this.take(character)) this.fail();
  }

  string() {
    if (this.peek() !== '"') this.fail();
    return this.#cut(stringEnd(this.#text, this.#at));
  }

  scalar() {
    if (this.peek() === '"') return { kind: "string", text: this.string() };
    const number = match(NUMBER, this.#text, this.#at).length;
    if (number) return { kind: "number", text: this.#cut(this.#at + number) };
    const literal = match(LITERAL, this.#text, this.#at).length || this.fail();
    return { kind: "literal", text: this.#cut(this.#at + literal) };
  }

  #cut(end) {
    const token = this.#text.slice(this.#at, end);
    this.#at = end;
    return token;
  }
}

function valueOf(reader) {
  if (reader.take("{")) return { kind: "object", members: [] };
  if (reader.take("[")) return { kind: "array", items: [] };
  return reader.scalar();
}

function readMember(parent, reader) {
  const key = reader.string();
  reader.expect(":");
  const value = valueOf(reader);
  parent.members.push({ key, name: JSON.parse(key), value });
  return value;
}

function readItem(parent, reader) {
  const value = valueOf(reader);
  parent.items.push(value);
  return value;
}

function readInto(parent, reader, places) {
  reader.peek();
  const start = reader.at;
  const value = parent.kind === "array" ? readItem(parent, reader) : readMember(parent, reader);
  places?.set(value, [start, reader.at]);
  return value;
}

const CLOSING = { object: "}", array: "]" };

export function isContainer(node) {
  return node.kind in CLOSING;
}

export function sizeOf(node) {
  return (node.members ?? node.items).length;
}

// Reads the children of all open containers, innermost first.
function readOpen(open, reader, places) {
  while (open.length) {
    const node = open.at(-1);
    if (reader.take(CLOSING[node.kind])) {
      open.pop();
      continue;
    }
    if (sizeOf(node)) reader.expect(",");
    const child = readInto(node, reader, places);
    if (isContainer(child)) open.push(child);
  }
}

export function parseJson(text, places) {
  const reader = new Reader(text);
  const root = valueOf(reader);
  places?.set(root, [0, reader.at]);
  if (isContainer(root)) readOpen([root], reader, places);
  if (reader.peek()) reader.fail();
  return root;
}
