import { formatCount } from "../../core/text/format-count.js";
import { showText } from "../../dom/show-text.js";
import { showIcon, slotsOf, templateFragment } from "../../dom/templates.js";

// The name of an event, or a placeholder if it has none.
export function eventNameOf({ name, verdict }) {
  return name ?? (verdict === "malformed" ? "unreadable" : "no name");
}

// Fills the slots of the verdict and the name.
export function fillEventTitle(slots, event) {
  slots.pill.dataset.verdict = event.verdict;
  showIcon(slots.icon, event.verdict);
  slots.word.textContent = event.verdict;
  showText(slots.name, eventNameOf(event));
}

export function eventTitle(event) {
  const title = templateFragment("event-title");
  const slots = slotsOf(title);
  fillEventTitle(slots, event);
  slots.name.title = event.name ?? "";
  slots.seq.textContent = `No. ${formatCount(event.seq)}`;
  return title;
}
