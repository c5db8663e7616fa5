import { formatMoment, formatShortMoment, timeStyle } from "../core/text/format-time.js";
import { setText, setTitle } from "../dom/set-if-changed.js";

const FORMS = { full: formatMoment, short: formatShortMoment };
const EVERY = 1_000;

function write(element, now) {
  setText(element, FORMS[element.dataset.form](element.dateTime, now));
}

// Fills a <time> in the reader's time style; it is updated when the style changes.
export function showTime(element, iso, form = "short") {
  element.dateTime = iso;
  element.dataset.form = form;
  setTitle(element, ""); // see ui/tooltips.js
  write(element, new Date());
}

export function timeElement(iso, form = "full") {
  const element = document.createElement("time");
  showTime(element, iso, form);
  return element;
}

function writeAll() {
  const now = new Date();
  for (const element of document.querySelectorAll("time[data-form]")) {
    if (element.dateTime) write(element, now);
  }
}

// Updates every <time>: on a style change, and relative times once per second while the tab is
// visible.
export function keepTimesCurrent() {
  timeStyle.addEventListener("change", writeAll);
  setInterval(() => timeStyle.value === "relative" && !document.hidden && writeAll(), EVERY);
}
