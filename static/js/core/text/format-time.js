const two = (n) => String(n).padStart(2, "0");
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

// The time style of this page: "local", "utc" or "relative". Dispatches "change".
export const timeStyle = new (class extends EventTarget {
  value = "local";

  set(value) {
    const wanted = ["utc", "relative"].includes(value) ? value : "local";
    if (wanted === this.value) return;
    this.value = wanted;
    this.dispatchEvent(new Event("change"));
  }
})();

// Returns a getter of the parts of a time in the displayed zone: FullYear, Month, Date, Hours …
function partsOf(time) {
  const at = new Date(time);
  const get = timeStyle.value === "utc" ? "getUTC" : "get";
  return (name) => at[get + name]();
}

// "01:02:03.004".
export function formatClock(time) {
  const part = partsOf(time);
  const ms = String(part("Milliseconds")).padStart(3, "0");
  return `${two(part("Hours"))}:${two(part("Minutes"))}:${two(part("Seconds"))}.${ms}`;
}

export function formatDay(time) {
  const part = partsOf(time);
  return `${part("Date")} ${MONTHS[part("Month")]}`;
}

const dayAndYear = (time) => `${formatDay(time)} ${partsOf(time)("FullYear")}`;

export function isToday(time, now = new Date()) {
  return dayAndYear(time) === dayAndYear(now);
}

// "UTC+2", "UTC−3:30", "UTC".
export function formatZone(time) {
  const east = timeStyle.value === "utc" ? 0 : -new Date(time).getTimezoneOffset();
  if (east === 0) return "UTC";
  const [hours, minutes] = [Math.trunc(Math.abs(east) / 60), Math.abs(east) % 60];
  return `UTC${east > 0 ? "+" : "−"}${hours}${minutes ? `:${two(minutes)}` : ""}`;
}

export function formatDayAndClock(time) {
  return `${dayAndYear(time)}, ${formatClock(time)} ${formatZone(time)}`;
}

// The full time, without the date if it is today.
export function formatMoment(time, now = new Date()) {
  const exact = isToday(time, now) ? `${formatClock(time)} ${formatZone(time)}` : formatDayAndClock(time);
  return timeStyle.value === "relative" ? `${formatAgo(now - new Date(time))} (${exact})` : exact;
}

// A short time: the clock, with the date if it is not today, or the age in the relative style.
export function formatShortMoment(time, now = new Date()) {
  if (timeStyle.value === "relative") return formatAgo(now - new Date(time));
  return isToday(time, now) ? formatClock(time) : `${formatDay(time)} ${formatClock(time)}`;
}

const UNITS = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1_000, "s"],
];

// The age in one unit: "4 s", "3 min"; "" within the first second.
function formatSpan(ms) {
  const [size, unit] = UNITS.find(([size]) => ms >= size) ?? [];
  return unit ? `${Math.floor(ms / size)} ${unit}` : "";
}

// An age: "4 s ago", or "in 4 s" if a clock runs ahead.
export function formatAgo(ms) {
  if (ms <= -1_000) return `in ${formatSpan(-ms)}`;
  const long = formatSpan(ms);
  return long ? `${long} ago` : "just now";
}
