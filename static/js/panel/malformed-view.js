import { elementOf } from "../page/templates.js";
import { excerpt } from "../text/excerpt.js";
import { codeName, isUnseen, signFor } from "../text/visible.js";
import { showText } from "../text/visible-text.js";

const isHidden = (character) => isUnseen(character) || character === "\t";

function lineOf(number) {
  const line = elementOf("malformed-line");
  line.querySelector(".malformed-number").textContent = number;
  return line;
}

function plainLine(number, text) {
  const line = lineOf(number);
  showText(line.querySelector(".malformed-text"), text);
  return line;
}

function placeOf(character) {
  const mark = elementOf("malformed-place");
  const shown = mark.querySelector(".place-character");
  shown.textContent = isHidden(character) ? signFor(character) : character;
  if (character === "") mark.dataset.state = "end";
  if (character.trim() === "") mark.title = character ? codeName(character) : "End of the line";
  return mark;
}

function brokenLine({ number, left, character, right }) {
  const line = lineOf(number);
  const [before, after] = [document.createElement("span"), document.createElement("span")];
  showText(before, left);
  showText(after, right);
  line.dataset.state = "broken";
  line.querySelector(".malformed-text").append(before, placeOf(character), after);
  return line;
}

// The lines around the place where text stops being JSON, with a caret under it.
export function malformedLines(raw, column) {
  const found = excerpt(raw, column);
  const { number, above, below } = found;
  if (above.length + below.length === 0) return [brokenLine({ ...found, number: "" })];
  return [
    ...above.map((text, at) => plainLine(number - above.length + at, text)),
    brokenLine(found),
    ...below.map((text, at) => plainLine(number + 1 + at, text)),
  ];
}
