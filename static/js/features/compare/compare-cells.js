import { isContainer, sizeOf } from "../../core/json/lossless-json.js";
import { prettyPrint } from "../../core/json/pretty-print.js";
import { pluralize } from "../../core/text/format-count.js";
import { diffText } from "../../core/text/text-diff.js";
import { showText } from "../../dom/show-text.js";
import { shortenUnchanged } from "../../ui/text-diff-view.js";

const LONG = 600; // shown characters of a value
const ELEMENTS = { "=": "span", "-": "del", "+": "ins" };

function span(className, text) {
  const element = document.createElement("span");
  element.className = className;
  showText(element, text);
  return element;
}

function cut(text) {
  return text.length > LONG ? `${text.slice(0, LONG)}…` : text;
}

function keyParts(key) {
  return key === undefined ? [] : [span("tree-key", cut(key)), span("tree-mark", ": ")];
}

function held(node) {
  const [open, close] = node.kind === "object" ? "{}" : "[]";
  const size = pluralize(sizeOf(node), node.kind === "object" ? "field" : "item");
  return [span("tree-mark", open), ...(sizeOf(node) ? [span("tree-held", size)] : []), span("tree-mark", close)];
}

// A value that is the same on both sides; of objects and arrays only the size is shown.
export function sameParts(key, node) {
  const value = isContainer(node) ? held(node) : [span(`tree-${node.kind}`, cut(node.text))];
  return [...keyParts(key), ...value];
}

// A value that differs, shortened to a readable length.
export function wholeParts(key, node) {
  const value = isContainer(node) ? span("tree-mark", cut(prettyPrint(node))) : span(`tree-${node.kind}`, cut(node.text));
  return [...keyParts(key), value];
}

function marked(parts, own) {
  const kept = parts.filter(([sign]) => sign === "=" || sign === own);
  return kept.map(([sign, text], at) => {
    const element = document.createElement(ELEMENTS[sign]);
    showText(element, sign === "=" ? shortenUnchanged(text, at === 0, at === kept.length - 1) : cut(text));
    return element;
  });
}

// Two strings, each with the parts marked that the other lacks.
export function stringParts(key, left, right) {
  const parts = diffText(left.text, right.text);
  const isAkin = parts.some(([sign, text]) => sign === "=" && text.length > 2); // more than the quotes
  if (!isAkin) return [wholeParts(key, left), wholeParts(key, right)];
  return ["-", "+"].map((own) => {
    const value = document.createElement("span");
    value.className = "tree-string";
    value.append(...marked(parts, own));
    return [...keyParts(key), value];
  });
}

export function bracketParts(key, node, isEnd) {
  const [open, close] = node.kind === "object" ? "{}" : "[]";
  return [...keyParts(key), span("tree-mark", isEnd ? close : open)];
}
