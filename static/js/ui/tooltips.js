import { setTitle } from "../dom/set-if-changed.js";

// What does not fit in a row, and the exact time, show as a tooltip. It is made when the pointer comes:
// in a fast stream titles for all would cost more than the texts themselves.
function tipOf(element) {
  if (element.matches("time[data-form]")) return element.dateTime;
  return element.scrollWidth > element.clientWidth ? element.textContent : "";
}

export function wireTooltips() {
  document.addEventListener("pointerover", ({ target }) => {
    const element = target.closest("time[data-form], .row .clip");
    if (element) setTitle(element, tipOf(element));
  });
}
