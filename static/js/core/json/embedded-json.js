import { isContainer, parseJson } from "./lossless-json.js";

const LOOKS_LIKE_JSON = /^"(?:[ ]|\\[tnr])*[[{]/;
const known = new WeakMap(); // string → the root of its JSON, or null

function read(text) {
  try {
    const root = parseJson(JSON.parse(text));
    return isContainer(root) ? root : null;
  } catch {
    return null;
  }
}

// The object or array that a string contains as JSON text, with tokens as sent; null for any other
// string.
export function embeddedJsonOf(node) {
  if (node.kind !== "string" || !LOOKS_LIKE_JSON.test(node.text)) return null;
  if (!known.has(node)) known.set(node, read(node.text));
  return known.get(node);
}
