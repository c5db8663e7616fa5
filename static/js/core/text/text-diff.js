import { longestCommonSubsequence } from "./lcs.js";

const WORDS = /[\p{L}\p{N}_]+|\s+|[^]/gu;
const LONG = 200_000; // characters; longer middles are not compared

const isHighHalf = (unit) => unit >= 0xd800 && unit < 0xdc00;

function commonStart(a, b) {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a[length] === b[length]) length++;
  return isHighHalf(a.charCodeAt(length - 1)) ? length - 1 : length;
}

function commonEnd(a, b) {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a.at(-1 - length) === b.at(-1 - length)) length++;
  return isHighHalf(a.charCodeAt(a.length - length - 1)) ? Math.max(0, length - 1) : length;
}

function wordsOf(text) {
  return text.length > LONG ? [text] : (text.match(WORDS) ?? []);
}

function gather(parts, sign, text) {
  if (!text) return;
  if (parts.at(-1)?.[0] === sign) parts.at(-1)[1] += text;
  else parts.push([sign, text]);
}

function middleParts(parts, a, b) {
  const [left, right] = [wordsOf(a), wordsOf(b)];
  let [i, j] = [0, 0];
  for (const [atLeft, atRight] of [...longestCommonSubsequence(left, right), [left.length, right.length]]) {
    gather(parts, "-", left.slice(i, atLeft).join(""));
    gather(parts, "+", right.slice(j, atRight).join(""));
    gather(parts, "=", left[atLeft] ?? "");
    [i, j] = [atLeft + 1, atRight + 1];
  }
}

// The difference of two texts as [sign, text] pairs: "=" in both, "-" only in a, "+" only in b.
export function diffText(a, b) {
  const start = commonStart(a, b);
  const end = commonEnd(a.slice(start), b.slice(start));
  const parts = [];
  gather(parts, "=", a.slice(0, start));
  middleParts(parts, a.slice(start, a.length - end), b.slice(start, b.length - end));
  gather(parts, "=", a.slice(a.length - end));
  return parts;
}

// Counts changes; a removal next to an addition counts as one.
export function countChanges(parts) {
  return parts.filter(([sign], at) => sign !== "=" && (parts[at - 1]?.[0] ?? "=") === "=").length;
}
