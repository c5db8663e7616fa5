const TOKEN = /("(?:[^"\\\n]|\\.)*"?)(\s*:)?|(-?\d[\d.eE+-]*)|\b(true|false|null)\b/g;

function kindOf([, string, colon, number]) {
  if (string) return colon ? "key" : "string";
  return number ? "number" : "literal";
}

// Tokenizes JSON text for highlighting: [kind, text, start]; kind is "" between tokens.
export function tokenizeJson(text) {
  const pieces = [];
  let at = 0;
  for (const found of text.matchAll(TOKEN)) {
    if (found.index > at) pieces.push(["", text.slice(at, found.index), at]);
    const token = found[1] ?? found[0];
    pieces.push([kindOf(found), token, found.index]);
    at = found.index + token.length;
    if (found[2]) {
      pieces.push(["", found[2], at]);
      at += found[2].length;
    }
  }
  if (at < text.length) pieces.push(["", text.slice(at), at]);
  return pieces;
}

// Splits tokens at the bounds of invalid ranges: [kind, text, isWrong].
export function markErrors(pieces, places) {
  const cuts = [...new Set(places.flat())].sort((a, b) => a - b);
  const isWrong = (at) => places.some(([start, end]) => start <= at && at < end);
  return pieces.flatMap(([kind, text, start]) => {
    const inside = cuts.filter((cut) => start < cut && cut < start + text.length);
    const edges = [start, ...inside, start + text.length];
    return edges.slice(1).map((end, at) => [kind, text.slice(edges[at] - start, end - start), isWrong(edges[at])]);
  });
}
