import { QUERY_COLUMNS } from "./format-query.js";
import { parseQuery } from "./parse-query.js";

// The terms that can be highlighted in place: {name, isColumn, step, patterns}; free text has no
// name.

const escaped = (text) => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");

function patternsOf({ value, isQuoted, operator }) {
  const pieces = isQuoted ? [value] : value.split("*");
  const flags = operator ? "gu" : "giu";
  return pieces.filter(Boolean).map((piece) => new RegExp(escaped(piece), flags));
}

export function highlightTerms(q) {
  return parseQuery(q)
    .terms.filter(({ isNegated, operator }) => !isNegated && (operator === "" || operator === ":"))
    .map((term) => ({
      name: term.path.length ? term.path.join(".") : null,
      isColumn: term.path.length === 1 && !term.isJson && QUERY_COLUMNS.includes(term.path[0]),
      step: term.path.at(-1),
      patterns: patternsOf(term),
    }))
    .filter(({ patterns }) => patterns.length > 0);
}
