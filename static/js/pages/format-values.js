// Formats the counts and times that the server rendered, in the reader's time zone.
import { formatCount } from "../core/text/format-count.js";
import { formatAgo, formatClock, formatDayAndClock, isToday } from "../core/text/format-time.js";

function showAgo(time) {
  time.textContent = formatAgo(Date.now() - new Date(time.dateTime));
  time.title = formatDayAndClock(time.dateTime);
}

function showClock(time) {
  const iso = time.dateTime;
  time.textContent = isToday(iso) ? formatClock(iso) : formatDayAndClock(iso);
  time.title = new Date(iso).toISOString();
}

function showAll() {
  document.querySelectorAll("time[data-ago]").forEach(showAgo);
}

for (const element of document.querySelectorAll("[data-count]")) {
  element.textContent = formatCount(Number(element.dataset.count));
}
document.querySelectorAll("time[data-clock]").forEach(showClock);
showAll();
setInterval(showAll, 10_000);
