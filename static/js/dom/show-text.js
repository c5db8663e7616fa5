import { putText } from "./set-if-changed.js";
import { codeName, isUnseen, signFor, stretches } from "../core/text/invisible-characters.js";

function sign(character) {
  const mark = document.createElement("span");
  mark.className = "unseen";
  mark.title = codeName(character);
  mark.textContent = signFor(character);
  return mark;
}

// Puts a stranger's text into an element, with what the eye would miss made visible.
export function showText(element, text) {
  if (!isUnseen(text)) {
    putText(element, text);
    return;
  }
  const parts = stretches(text).map((part) => (isUnseen(part) ? sign(part) : part));
  element.replaceChildren(...parts);
}
