import { formatValue } from "./format-query.js";

const MAX_OPTIONS = 10;
const MOST_VALUES_OF_WORD = 4;
const STEP = '(?:"(?:[^"\\\\]|\\\\.)*"|[^\\s".:<>=!()*]+)';
const WITH_OPERATOR = new RegExp(`^(-?)(\\.?${STEP}(?:\\.${STEP})*)(:|>=|<=|>|<)(.*)$`, "s");
const FOUND_BY_VALUE = ["name", "verdict", "problem"]; // their values match plain words

const TIMES = [
  ["-1m", "the last minute"],
  ["-5m", "the last 5 minutes"],
  ["-1h", "the last hour"],
  ["-1d", "the last day"],
];
const HINTS = {
  verdict: "valid, warning, invalid, malformed",
  time: "-5m, 2026-11-21",
  problem: "code of a problem",
  seq: "number of the event",
  size: "bytes",
  status: "HTTP status of the reply",
  line: "line or item of the body",
  delivery: "number of the request",
};

// The start of the word at the caret. White space in quotes is part of the word.
function wordStart(text, caret) {
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at < caret; at++) {
    if (text[at] === "\\" && isQuoted) at += 1;
    else if (text[at] === '"') isQuoted = !isQuoted;
    else if (!isQuoted && /\s/.test(text[at])) start = at + 1;
  }
  return start;
}

function wordEnd(text, start, caret) {
  const isQuoted = (text.slice(start, caret).match(/"/g) ?? []).length % 2 === 1;
  const rest = isQuoted ? /^[^"]*"?/ : /^[^\s"]*/;
  return caret + rest.exec(text.slice(caret))[0].length;
}

// 0 is the best rank; Infinity means no match.
function rank(name, part) {
  const [whole, wanted] = [name.toLowerCase(), part.toLowerCase()];
  if (whole.startsWith(wanted)) return 0;
  const at = whole.indexOf(wanted);
  if (at < 0) return Infinity;
  return /[._ "-]/.test(whole[at - 1]) ? 1 : 2;
}

function best(items, part, nameOf) {
  return items
    .map((item, order) => ({ item, order, rank: rank(nameOf(item), part) }))
    .filter(({ rank }) => rank < Infinity)
    .sort((a, b) => a.rank - b.rank || a.order - b.order)
    .map(({ item }) => item);
}

const exampleOf = ({ name, values }) => HINTS[name] ?? values.slice(0, 3).map(([value]) => value).join(", ");

function nameOption(minus, field) {
  return { insert: `${minus}${field.name}:`, label: field.name, detail: exampleOf(field), isOpen: true };
}

function valueOption(minus, name, [value, count]) {
  const term = `${minus}${name}:${formatValue(value)}`;
  return { insert: `${term} `, label: term, count };
}

// The names that complete a word, and the values that contain it.
function forWord(minus, part, fields) {
  const wanted = part.startsWith(".") ? part.slice(1) : part;
  const names = best(fields, wanted, ({ name }) => name).map((field) => nameOption(minus, field));
  const known = part.length < 2 ? [] : fields.filter(({ name }) => FOUND_BY_VALUE.includes(name));
  const values = known.flatMap(({ name, values }) =>
    best(values, part, ([value]) => value).map((value) => valueOption(minus, name, value)),
  );
  const shown = values.slice(0, MOST_VALUES_OF_WORD);
  return [...names.slice(0, MAX_OPTIONS - shown.length), ...shown];
}

function timeOptions(minus, part) {
  return TIMES.filter(([time]) => time.startsWith(part)).map(([time, detail]) => ({
    insert: `${minus}time>${time} `,
    label: `time>${time}`,
    detail,
  }));
}

function forValue(minus, name, operator, part, fields) {
  if (name === "time") return timeOptions(minus, part);
  if (operator !== ":") return [];
  const { values = [] } = fields.find((field) => field.name === name) ?? {};
  const wanted = part.replace(/^"|"$/g, "");
  const found = best(values, wanted, ([value]) => value).filter(([, count]) => count > 0 || name === "verdict");
  const any = { insert: `${minus}${name}:* `, label: `${name}:*`, detail: "any value" };
  const options = found.slice(0, MAX_OPTIONS - 1).map((value) => valueOption(minus, name, value));
  return part === "" ? [...options, any] : options;
}

// Completions of the word at the caret: {from, to, options}; an option replaces the text from..to.
// `isOpen` means that the option needs more input. `fields` are those of /api/fields.
export function completeQuery(text, caret, fields) {
  const from = wordStart(text, caret);
  const to = wordEnd(text, from, caret);
  const word = text.slice(from, caret);
  const found = WITH_OPERATOR.exec(word);
  if (found) {
    const [, minus, name, operator, part] = found;
    return { from, to, options: forValue(minus, name, operator, part, fields) };
  }
  if (/["():<>=]/.test(word)) return { from, to, options: [] };
  const minus = word.startsWith("-") ? "-" : "";
  return { from, to, options: forWord(minus, word.slice(minus.length), fields) };
}
