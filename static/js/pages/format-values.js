import { count } from "../core/text/format-count.js";
import { ago, clock, dayAndClock, isToday } from "../core/text/format-time.js";

function showAgo(time) {
  time.textContent = ago(Date.now() - new Date(time.dateTime));
  time.title = dayAndClock(time.dateTime);
}

function showClock(time) {
  const iso = time.dateTime;
  time.textContent = isToday(iso) ? clock(iso) : dayAndClock(iso);
  time.title = new Date(iso).toISOString();
}

function showAll() {
  document.querySelectorAll("time[data-ago]").forEach(showAgo);
}

for (const element of document.querySelectorAll("[data-count]")) {
  element.textContent = count(Number(element.dataset.count));
}
document.querySelectorAll("time[data-clock]").forEach(showClock);
showAll();
setInterval(showAll, 10_000);
