const text = (entry) => entry.name ?? "";
const FIRST = {
  name: (a, b) => text(a).localeCompare(text(b)),
  count: (a, b) => b.count - a.count,
  faults: (a, b) => faultsOf(b) - faultsOf(a),
  last: (a, b) => b.last_seen.localeCompare(a.last_seen),
};

export const faultsOf = ({ invalid, malformed }) => invalid + malformed;

// Sorts entries: names ascending, numbers descending; ties by name.
export function sortEntries(entries, by, isTurned = false) {
  const turn = isTurned ? -1 : 1;
  return [...entries].sort((a, b) => turn * FIRST[by](a, b) || FIRST.name(a, b));
}

// Keeps the order while the visitor reads the rows; new entries go to the end.
export function keepOrder(entries, before) {
  const places = new Map(before.map(({ name }, at) => [name, at]));
  const place = ({ name }) => places.get(name) ?? Infinity;
  return [...entries].sort((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b)));
}
