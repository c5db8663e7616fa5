import { parseQuery } from "./parse-query.js";

// Edits one term of a query. Terms are indexed as in the given text.

function joined(text, terms, textOf) {
  return terms
    .map((term, at) => {
      const before = at === 0 ? "" : terms[at - 1].group === term.group ? " OR " : " ";
      return before + textOf(term);
    })
    .join("");
}

const own = (text) => (term) => text.slice(term.start, term.end);

export function removeTerm(text, index) {
  const { terms } = parseQuery(text);
  return joined(text, terms.toSpliced(index, 1), own(text));
}

export function toggleNegation(text, index) {
  const { terms } = parseQuery(text);
  const turn = (term) => (term.isNegated ? own(text)(term).slice(1) : `-${own(text)(term)}`);
  return joined(text, terms, (term) => (term === terms[index] ? turn(term) : own(text)(term)));
}

const opposite = (term) => (term.startsWith("-") ? term.slice(1) : `-${term}`);

// Appends a term and removes its opposite, unless that is part of an OR. A query with an error is
// only appended to.
export function addTerm(text, term) {
  const { terms, mistake } = parseQuery(text);
  if (mistake) return `${text.trim()} ${term}`;
  const texts = terms.map(own(text));
  if (texts.includes(term)) return text;
  const isAlone = ({ group }) => terms.filter((other) => other.group === group).length === 1;
  const at = terms.findIndex((each, index) => texts[index] === opposite(term) && isAlone(each));
  const kept = at < 0 ? terms : terms.toSpliced(at, 1);
  return [joined(text, kept, own(text)), term].filter(Boolean).join(" ");
}

const isOf = (name) => (term) => !term.isNegated && !term.isJson && term.path.length === 1 && term.path[0] === name;

// The value of the only term of a column, as in `verdict:invalid`; null if there are none or more.
export function onlyValueOf(text, name) {
  const { terms, mistake } = parseQuery(text);
  const found = mistake ? [] : terms.filter(isOf(name));
  return found.length === 1 && found[0].operator === ":" ? found[0].value : null;
}

// Replaces the terms of a column by one for `value`, or removes them if that is what they say.
export function toggleColumn(text, name, value) {
  const { terms, mistake } = parseQuery(text);
  if (mistake) return `${name}:${value}`;
  const others = joined(text, terms.filter((term) => !isOf(name)(term)), own(text));
  if (onlyValueOf(text, name) === value) return others;
  return [others, `${name}:${value}`].filter(Boolean).join(" ");
}
