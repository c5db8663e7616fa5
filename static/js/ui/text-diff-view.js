import { showText } from "../dom/show-text.js";
import { slotsOf, templateElement } from "../dom/templates.js";
import { copyWithFeedback } from "./copy-button.js";

const AROUND = 80; // characters kept of what stays, next to a change
const ELEMENTS = { "-": "del", "+": "ins", "=": "span" };

// Cuts an unchanged part to the ends next to a change.
export function shortenUnchanged(text, isFirst, isLast) {
  const [head, tail] = [isFirst ? 0 : AROUND, isLast ? 0 : AROUND];
  if (text.length <= head + tail + AROUND) return text;
  return `${text.slice(0, head)} … ${tail ? text.slice(-tail) : ""}`;
}

// Marks a change that is only white space, which would not show by itself.
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

// Renders [sign, text] pairs as elements, unchanged parts cut short.
export function diffElements(parts) {
  return parts.map(partOf);
}

// Renders a fixed text as its difference from what was sent, with buttons to use or copy it.
export function fixedTextView(fixed, use) {
  const element = templateElement("difference");
  const slots = slotsOf(element);
  slots.text.append(...diffElements(fixed.parts));
  slots.use.addEventListener("click", () => use(fixed.text));
  slots.copy.addEventListener("click", () => copyWithFeedback(slots.copy, fixed.text));
  return element;
}
