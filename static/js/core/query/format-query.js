// Names and values as a query writes them: the inverse of parse-query.js.

const BARE_STEP = /^[^\s".:<>=!()*\u0000-\u0020-][^\s".:<>=!()*\u0000-\u0020]*$/;
const BARE_VALUE = /^[^\s"()*\u0000-\u0020]+$/;
const WORDS = new Set(["OR", "AND", "NOT", "&&", "||"]);

// Names that address a column; any other name is a field of the JSON.
export const QUERY_COLUMNS = [
  "verdict",
  "name",
  "account",
  "user",
  "session",
  "seq",
  "time",
  "line",
  "delivery",
  "status",
  "size",
  "problem",
  "run",
];

// An input holds no line breaks: they and similar characters are escaped.
function escapedUnit(unit) {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function quoteValue(text) {
  const escaped = text.replace(/\\(?=["\\u])|\\$|"/g, "\\$&");
  return `"${escaped.replace(/[\u0000-\u001f\u0085\u2028\u2029]|\p{Surrogate}/gu, escapedUnit)}"`;
}

const stepText = (step) => (BARE_STEP.test(step) ? step : quoteValue(step));

// The name of a JSON field in a query; a leading dot distinguishes it from a column.
export function formatJsonPath(path) {
  const dot = path.length === 1 && QUERY_COLUMNS.includes(path[0]) ? "." : "";
  return dot + path.map(stepText).join(".");
}

export function formatValue(value) {
  return BARE_VALUE.test(value) && !value.startsWith("//") ? value : quoteValue(value);
}

// Free text, quoted if any part of it has a meaning in a query.
export function freeText(text) {
  const isBare = BARE_VALUE.test(text) && !/[:<>=]/.test(text) && !text.startsWith("-") && !WORDS.has(text);
  return isBare ? text : quoteValue(text);
}

// A field term; `name` is already formatted, `value` is not.
export function fieldTerm(name, value, isNegated = false) {
  return `${isNegated ? "-" : ""}${name}:${formatValue(value)}`;
}
