const two = (n) => String(n).padStart(2, "0");
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

// "01:02:03.004" in the reader's zone.
export function clock(iso) {
  const at = new Date(iso);
  const ms = String(at.getMilliseconds()).padStart(3, "0");
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${ms}`;
}

export function day(iso) {
  const at = new Date(iso);
  return `${at.getDate()} ${MONTHS[at.getMonth()]}`;
}

export function isToday(iso, now = new Date()) {
  return new Date(iso).toDateString() === now.toDateString();
}

// "UTC+2", "UTC−3:30", "UTC".
export function zone(iso) {
  const east = -new Date(iso).getTimezoneOffset();
  if (east === 0) return "UTC";
  const [hours, minutes] = [Math.trunc(Math.abs(east) / 60), Math.abs(east) % 60];
  return `UTC${east > 0 ? "+" : "−"}${hours}${minutes ? `:${two(minutes)}` : ""}`;
}

export function dayAndClock(iso) {
  const year = new Date(iso).getFullYear();
  return `${day(iso)} ${year}, ${clock(iso)} ${zone(iso)}`;
}

// As short as it is clear: no date for today.
export function moment(iso) {
  return isToday(iso) ? `${clock(iso)} ${zone(iso)}` : dayAndClock(iso);
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

export function ago(ms) {
  const long = span(ms);
  return long ? `${long} ago` : "just now";
}
