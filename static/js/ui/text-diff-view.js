import { showText } from "../dom/show-text.js";
import { slotsOf, templateElement } from "../dom/templates.js";
import { copyWithFeedback } from "./copy-button.js";

const AROUND = 80; // characters kept of what stays, next to a change
const ELEMENTS = { "-": "del", "+": "ins", "=": "span" };

// What stays is cut to the ends that touch a change.
export function shortenUnchanged(text, isFirst, isLast) {
  const [head, tail] = [isFirst ? 0 : AROUND, isLast ? 0 : AROUND];
  if (text.length <= head + tail + AROUND) return text;
  return `${text.slice(0, head)} … ${tail ? text.slice(-tail) : ""}`;
}

// White space that comes or goes would not show by itself.
export function visibleWhitespace(text) {
  if (text.trim() === "") return text.includes("\n") ? "↵" : "␣";
  return text.replaceAll("\n", "↵");
}

function partOf([sign, text], at, parts) {
  const element = document.createElement(ELEMENTS[sign]);
  const isKept = sign === "=";
  showText(element, isKept ? shortenUnchanged(text, at === 0, at === parts.length - 1) : visibleWhitespace(text));
  return element;
}

// Pairs of a sign and a stretch of text as elements, what stays cut short.
export function diffElements(parts) {
  return parts.map(partOf);
}

// The mended text as its difference from what was sent, to be used or copied.
export function mendedTextView(mended, use) {
  const element = templateElement("difference");
  const slots = slotsOf(element);
  slots.text.append(...diffElements(mended.parts));
  slots.use.addEventListener("click", () => use(mended.text));
  slots.copy.addEventListener("click", () => copyWithFeedback(slots.copy, mended.text));
  return element;
}
