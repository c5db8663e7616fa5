// Tokenizes a query for highlighting: [kind, text]; kind is "" between terms. The position of an
// error is a token of kind "mistake" with at least one character.

function piecesOf(text, term) {
  const name = term.start + Number(term.isNegated);
  const pieces = [];
  if (term.isNegated) pieces.push(["not", term.start, name]);
  if (term.operator) {
    const operator = term.valueAt - term.operator.length;
    pieces.push(["field", name, operator], ["operator", operator, term.valueAt]);
  }
  return [...pieces, [term.operator ? "value" : "free", term.valueAt, term.end]];
}

function placeOf(text, { at }) {
  const end = at + (/^[^\s]+/.exec(text.slice(at))?.[0].length ?? 1);
  return ["mistake", at, Math.max(end, at + 1)];
}

export function tokenizeQuery(text, terms, mistake) {
  const known = terms.flatMap((term) => piecesOf(text, term));
  const place = mistake ? [placeOf(text, mistake)] : [];
  const marks = [...known.filter(([, start]) => !place.length || start < place[0][1]), ...place];
  const pieces = [];
  let at = 0;
  for (const [kind, start, end] of marks) {
    if (start > at) pieces.push(["", text.slice(at, start)]);
    pieces.push([kind, text.slice(start, Math.min(end, place[0] && kind !== "mistake" ? place[0][1] : end)) || " "]);
    at = Math.min(end, text.length);
  }
  return [...pieces, ["", text.slice(at)]];
}
