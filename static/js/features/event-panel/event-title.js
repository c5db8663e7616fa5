import { cloneOf, showIcon, slotsOf } from "../../dom/templates.js";
import { count } from "../../core/text/format-count.js";
import { showText } from "../../dom/show-text.js";

// What an event is called where it has no name.
export function nameOf({ name, verdict }) {
  return name ?? (verdict === "malformed" ? "unreadable" : "no name");
}

// Fills the slots of a verdict and a name.
export function showTitle(slots, event) {
  slots.pill.dataset.verdict = event.verdict;
  showIcon(slots.icon, event.verdict);
  slots.word.textContent = event.verdict;
  showText(slots.name, nameOf(event));
}

export function titleOf(event) {
  const title = cloneOf("event-title");
  const slots = slotsOf(title);
  showTitle(slots, event);
  slots.name.title = event.name ?? "";
  slots.seq.textContent = `No. ${count(event.seq)}`;
  return title;
}
