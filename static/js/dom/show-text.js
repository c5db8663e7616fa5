import { codePointName, hasInvisible, splitInvisible, visibleSymbol } from "../core/text/invisible-characters.js";
import { setText } from "./set-if-changed.js";

function sign(character) {
  const mark = document.createElement("span");
  mark.className = "unseen";
  mark.title = codePointName(character);
  mark.textContent = visibleSymbol(character);
  return mark;
}

// Sets the text of an element and makes control, bidirectional and unusual white-space characters
// visible.
export function showText(element, text) {
  if (!hasInvisible(text)) {
    setText(element, text);
    return;
  }
  const parts = splitInvisible(text).map((part) => (hasInvisible(part) ? sign(part) : part));
  element.replaceChildren(...parts);
}
