import { excerpt } from "../../core/text/excerpt.js";
import { codePointName, hasInvisible, visibleSymbol } from "../../core/text/invisible-characters.js";
import { showText } from "../../dom/show-text.js";
import { templateElement } from "../../dom/templates.js";

const isHidden = (character) => hasInvisible(character) || character === "\t";

function lineOf(number) {
  const line = templateElement("malformed-line");
  line.querySelector(".malformed-number").textContent = number;
  return line;
}

function plainLine(number, text) {
  const line = lineOf(number);
  showText(line.querySelector(".malformed-text"), text);
  return line;
}

function placeOf(character) {
  const mark = templateElement("malformed-place");
  const shown = mark.querySelector(".place-character");
  shown.textContent = isHidden(character) ? visibleSymbol(character) : character;
  if (character === "") mark.dataset.state = "end";
  if (character.trim() === "") mark.title = character ? codePointName(character) : "End of the line";
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

function linesUpTo({ number, above }, shown) {
  const first = number - above.length;
  return above
    .map((text, at) => [first + at, text])
    .filter(([at]) => at > shown)
    .map(([at, text]) => plainLine(at, text));
}

// Renders the lines around each position where parsing fails, with a caret below it. Two errors in
// one line are shown as two excerpts.
export function malformedLines(raw, columns) {
  const found = [...columns].sort((a, b) => a - b).map((column) => [column, excerpt(raw, column)]);
  const lines = [];
  let shown = 0;
  for (const [column, place] of found) {
    const broken = brokenLine(raw.includes("\n") ? place : { ...place, number: "" });
    broken.dataset.column = column;
    lines.push(...linesUpTo(place, shown), broken);
    shown = place.number;
  }
  const below = found.at(-1)[1].below;
  return [...lines, ...below.map((text, at) => plainLine(shown + 1 + at, text))];
}
