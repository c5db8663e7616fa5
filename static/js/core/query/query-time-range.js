// The time range of a query, `time>=… time<…`, in milliseconds. Quoted text is one word.
const WORDS = /(?:[^\s"]|"(?:[^"\\]|\\.)*"?)+/g;
const TIME = /^time(>=|<)"?(\d{4}-\d\d-\d\dT[\d:.]+Z)"?$/;

const isTime = (word) => TIME.test(word) && Number.isFinite(Date.parse(TIME.exec(word)[2]));

// The range {from, to} of a query; null unless it has both bounds.
export function timeRangeOf(query) {
  const found = {};
  for (const word of (query.match(WORDS) ?? []).filter(isTime)) {
    const [, sign, time] = TIME.exec(word);
    found[sign] = Date.parse(time);
  }
  const [from, to] = [found[">="], found["<"]];
  return from < to ? { from, to } : null;
}

// Drops the words that match `is`, except those that OR joins to others.
function without(query, is) {
  const words = query.match(WORDS) ?? [];
  const isBound = (at) => words[at - 1] === "OR" || words[at + 1] === "OR";
  return words.filter((word, at) => isBound(at) || !is(word)).join(" ");
}

export function withoutTimeRange(query) {
  return without(query, isTime);
}

// Replaces all time terms of a query by a range.
export function withTimeRange(query, { from, to }) {
  const [first, last] = [from, to].map((time) => new Date(time).toISOString());
  const others = without(query, (word) => /^time(>=|<=|>|<|:)/.test(word));
  return [others, `time>=${first} time<${last}`].filter(Boolean).join(" ");
}
