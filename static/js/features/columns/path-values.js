import { embeddedJsonOf } from "../../core/json/embedded-json.js";
import { childAt } from "../../core/json/json-pointer.js";
import { isContainer, parseJson } from "../../core/json/lossless-json.js";

const MAX_CHARS = 200; // characters of a value in a cell
const MAX_DEPTH = 4; // levels of an object in a cell, and of a suggested path
const MOST_PARTS = 12;
const MOST_PATHS = 200;
const known = new WeakMap(); // event → its values by path
const unreadable = { kind: "literal", text: "" };

function rootOf(raw) {
  try {
    return parseJson(raw);
  } catch {
    return unreadable;
  }
}

// The node at a dotted path. Keys can contain dots; JSON inside strings is searched, too.
function nodeAt(node, steps) {
  if (!steps.length) return node;
  const inner = isContainer(node) ? node : embeddedJsonOf(node);
  if (!inner) return undefined;
  for (let length = 1; length <= steps.length; length++) {
    const next = childAt(inner, steps.slice(0, length).join("."));
    const found = next && nodeAt(next, steps.slice(length));
    if (found) return found;
  }
  return undefined;
}

function compact(node, depth = 0) {
  if (!isContainer(node)) return node.text;
  const [open, close] = node.kind === "object" ? "{}" : "[]";
  return open + (depth < MAX_DEPTH ? insidesOf(node, depth) : "…") + close;
}

function insidesOf(node, depth) {
  const words = [];
  for (const part of node.members ?? node.items) {
    if (words.length === MOST_PARTS) return `${words.join(",")},…`;
    words.push(part.key ? `${part.key}:${compact(part.value, depth + 1)}` : compact(part, depth + 1));
  }
  return words.join(",");
}

// The text of a cell: numbers with their digits as sent, strings without quotes, objects compact.
function textOf(node) {
  const text = node.kind === "string" ? JSON.parse(node.text) : compact(node);
  return text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS)}…` : text;
}

// The values of dotted paths in a JSON text; "" if a path is missing.
export function pathValuesIn(raw, paths) {
  const root = rootOf(raw);
  return paths.map((path) => {
    const node = nodeAt(root, path.split("."));
    return node ? textOf(node) : "";
  });
}

// The values of an event by path; undefined while its text is not loaded.
export function pathValuesOf(event, paths) {
  if (event.raw != null) cachePathValues(event, event.raw, paths);
  const values = known.get(event);
  return paths.every((path) => values?.has(path)) ? values : undefined;
}

// Caches the values of an event's text, but not the text.
export function cachePathValues(event, raw, paths) {
  const values = known.get(event) ?? new Map();
  const missing = paths.filter((path) => !values.has(path));
  if (missing.length) pathValuesIn(raw, missing).forEach((text, at) => values.set(missing[at], text));
  known.set(event, values);
}

function* pathsUnder(node, prefix) {
  for (const { name, value } of node.members) {
    const path = prefix ? `${prefix}.${name}` : name;
    yield path;
    const inner = value.kind === "object" ? value : embeddedJsonOf(value);
    if (inner?.kind === "object" && path.split(".").length < MAX_DEPTH) yield* pathsUnder(inner, path);
  }
}

// The dotted paths in events, the most frequent first.
export function dottedPathsIn(events) {
  const counts = new Map();
  for (const { raw } of events) {
    const root = rootOf(raw ?? "");
    if (root.kind !== "object") continue;
    for (const path of pathsUnder(root, "")) counts.set(path, (counts.get(path) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([path]) => path).slice(0, MOST_PATHS);
}
