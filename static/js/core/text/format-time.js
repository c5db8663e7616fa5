const two = (n) => String(n).padStart(2, "0");
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

// How this page shows times: "local" (the reader's zone), "utc" or "relative". Tells by "change".
export const timeStyle = new (class extends EventTarget {
  value = "local";

  set(value) {
    const wanted = ["utc", "relative"].includes(value) ? value : "local";
    if (wanted === this.value) return;
    this.value = wanted;
    this.dispatchEvent(new Event("change"));
  }
})();

// Reads parts of a moment in the zone that is shown: FullYear, Month, Date, Hours …
function partsOf(time) {
  const at = new Date(time);
  const get = timeStyle.value === "utc" ? "getUTC" : "get";
  return (name) => at[get + name]();
}

// "01:02:03.004".
export function clock(time) {
  const part = partsOf(time);
  const ms = String(part("Milliseconds")).padStart(3, "0");
  return `${two(part("Hours"))}:${two(part("Minutes"))}:${two(part("Seconds"))}.${ms}`;
}

export function day(time) {
  const part = partsOf(time);
  return `${part("Date")} ${MONTHS[part("Month")]}`;
}

const dayAndYear = (time) => `${day(time)} ${partsOf(time)("FullYear")}`;

export function isToday(time, now = new Date()) {
  return dayAndYear(time) === dayAndYear(now);
}

// "UTC+2", "UTC−3:30", "UTC".
export function zone(time) {
  const east = timeStyle.value === "utc" ? 0 : -new Date(time).getTimezoneOffset();
  if (east === 0) return "UTC";
  const [hours, minutes] = [Math.trunc(Math.abs(east) / 60), Math.abs(east) % 60];
  return `UTC${east > 0 ? "+" : "−"}${hours}${minutes ? `:${two(minutes)}` : ""}`;
}

export function dayAndClock(time) {
  return `${dayAndYear(time)}, ${clock(time)} ${zone(time)}`;
}

// In full, but as short as it is clear: no date for today.
export function moment(time, now = new Date()) {
  const exact = isToday(time, now) ? `${clock(time)} ${zone(time)}` : dayAndClock(time);
  return timeStyle.value === "relative" ? `${ago(now - new Date(time))} (${exact})` : exact;
}

// For a narrow place: the clock, the date where it is not today's, or how long ago.
export function shortMoment(time, now = new Date()) {
  if (timeStyle.value === "relative") return ago(now - new Date(time));
  return isToday(time, now) ? clock(time) : `${day(time)} ${clock(time)}`;
}

const UNITS = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1_000, "s"],
];

// How long ago in one unit: "4 s", "3 min"; "" within the first second.
export function span(ms) {
  const [size, unit] = UNITS.find(([size]) => ms >= size) ?? [];
  return unit ? `${Math.floor(ms / size)} ${unit}` : "";
}

// A clock that runs ahead may send what lies in the future.
export function ago(ms) {
  if (ms <= -1_000) return `in ${span(-ms)}`;
  const long = span(ms);
  return long ? `${long} ago` : "just now";
}
