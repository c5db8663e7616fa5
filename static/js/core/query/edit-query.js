import { parseQuery } from "./parse-query.js";

// The text of a query with one of its terms changed. Places of terms are those of the text given.

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

// A term more; its opposite, should it stand alone, makes room. A text that is mistaken is left alone.
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
