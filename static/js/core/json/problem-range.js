import { unitIndex } from "../text/excerpt.js";
import { followPointer } from "./json-pointer.js";
import { parseJson } from "./lossless-json.js";

function fieldIn(raw, path) {
  const places = new Map();
  const { nodes } = followPointer(parseJson(raw, places), path);
  return places.get(nodes.at(-1));
}

// The range [start, end] of a problem in the raw text, in UTF-16 units: the character where parsing
// fails, else the field, else the object that lacks the field.
export function problemRangeIn(raw, { path, column }) {
  if (column) {
    const start = unitIndex(raw, column);
    return [start, start + String.fromCodePoint(raw.codePointAt(start) ?? 32).length];
  }
  try {
    return fieldIn(raw, path ?? "");
  } catch {
    return [0, 0];
  }
}
