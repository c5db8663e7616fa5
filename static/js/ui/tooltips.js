import { setTitle } from "../dom/set-if-changed.js";

// Tooltips for clipped texts and exact times. Set when the pointer enters, because setting all
// titles in a fast stream would cost more than rendering the texts.
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
