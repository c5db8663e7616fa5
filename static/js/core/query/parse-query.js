import { QUERY_MESSAGES, QueryError, WORD_MESSAGES } from "./query-errors.js";

// Parses a query into terms, like viewer/query/parser.py: tests/samples/queries.json tests both. A
// term: {group, start, end, isNegated, isJson, path, operator, value, valueAt, isQuoted}. Terms of
// one group are joined by OR; free text has no path. Positions are UTF-16 units.

const MOST_TERMS = 50;
const SPACE = /\s/;
const QUOTED = /"((?:[^"\\]|\\[^])*)"/y;
const BARE_STEP = /[^\s".:<>=!()*]+/y;
const BARE = /[^\s"()]+/y;
const OPERATOR = /[!=]=|[<>]=|[:<>=]/y;
const WORD = /\S+/y;
const OPERATORS = new Set([":", ">", ">=", "<", "<="]);
const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|(["\\]))/g;

function matchAt(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

const isSpace = (text, at) => at >= text.length || SPACE.test(text[at]);

function unescaped(text) {
  return text.replace(ESCAPE, (_, code, sign) => (code ? String.fromCharCode(parseInt(code, 16)) : sign));
}

// The steps of a dotted name and its end; no steps if there is no name.
function pathAt(text, start) {
  const path = [];
  for (let at = start; ; at += 1) {
    const quoted = matchAt(QUOTED, text, at);
    const found = quoted ?? matchAt(BARE_STEP, text, at);
    if (!found) return { path, end: at };
    path.push(quoted ? unescaped(quoted[1]) : found[0]);
    at += found[0].length;
    if (text[at] !== ".") return { path, end: at };
  }
}

function whyNot(character, isQuoted) {
  if (character === "(" || character === ")") return QUERY_MESSAGES.parenthesis;
  return isQuoted ? QUERY_MESSAGES.afterQuote : QUERY_MESSAGES.quoteInside;
}

function valueAt(text, at) {
  const isQuoted = text[at] === '"';
  const found = matchAt(isQuoted ? QUOTED : BARE, text, at);
  if (isQuoted && !found) throw new QueryError(QUERY_MESSAGES.unclosed, at);
  const end = at + (found?.[0].length ?? 0);
  if (!isSpace(text, end)) throw new QueryError(whyNot(text[end], isQuoted), end);
  return { value: isQuoted ? unescaped(found[1]) : found[0], valueAt: at, isQuoted, end };
}

function checkOperator(operator, path, at) {
  if (!path.length) throw new QueryError(QUERY_MESSAGES.noField(operator), at);
  if (!OPERATORS.has(operator)) throw new QueryError(QUERY_MESSAGES.noOperator(operator), at);
}

function fieldAt(text, start, { path, end }, operator) {
  checkOperator(operator, path, end);
  const at = end + operator.length;
  if (isSpace(text, at)) throw new QueryError(QUERY_MESSAGES.noValue(operator), at);
  if (text.startsWith("//", at)) throw new QueryError(QUERY_MESSAGES.address, start);
  return { path, operator, ...valueAt(text, at) };
}

function termAt(text, start) {
  const isNegated = text[start] === "-";
  const at = start + Number(isNegated);
  if (isNegated && (isSpace(text, at) || text[at] === "-")) throw new QueryError(QUERY_MESSAGES.minusAlone, start);
  const isJson = text[at] === ".";
  const name = pathAt(text, at + Number(isJson));
  const operator = matchAt(OPERATOR, text, name.end)?.[0];
  if (operator) return { start, isNegated, isJson, ...fieldAt(text, start, name, operator) };
  return { start, isNegated, isJson: false, path: [], operator: "", ...valueAt(text, at) };
}

// Assigns each term to its group; OR waits for its second term.
class Groups {
  terms = [];
  #group = -1;
  #waiting = -1;

  or(at) {
    if (!this.terms.length || this.#waiting >= 0) throw new QueryError(QUERY_MESSAGES.orAlone, at);
    this.#waiting = at;
  }

  add(term) {
    if (this.terms.length === MOST_TERMS) throw new QueryError(QUERY_MESSAGES.tooMany, term.start);
    if (this.#waiting < 0) this.#group += 1;
    this.#waiting = -1;
    this.terms.push({ group: this.#group, ...term });
  }

  end() {
    if (this.#waiting >= 0) throw new QueryError(QUERY_MESSAGES.orAlone, this.#waiting);
  }
}

function readInto(groups, text) {
  for (let at = 0; at < text.length; ) {
    if (isSpace(text, at)) {
      at += 1;
      continue;
    }
    const [word] = matchAt(WORD, text, at);
    if (Object.hasOwn(WORD_MESSAGES, word)) throw new QueryError(WORD_MESSAGES[word], at);
    if (word === "OR") groups.or(at);
    else groups.add(termAt(text, at));
    at = word === "OR" ? at + 2 : groups.terms.at(-1).end;
  }
  groups.end();
}

// Parses a query: the terms before the first error, and the error or null.
export function parseQuery(text) {
  const groups = new Groups();
  try {
    readInto(groups, text);
    return { terms: groups.terms, mistake: null };
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    return { terms: groups.terms, mistake: error };
  }
}
