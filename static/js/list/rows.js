// Events and gaps, both oldest first → the rows of the list, newest first: what the log holds and what
// it misses, down to the end mark. A gap is parted where the server keeps nothing older.
// `first` is the oldest number still kept there (0: none), `ceiling` the newest to show.

function gapRow(from, to, count, isKept) {
  return { kind: "gap", seq: to, from, to, count, isKept };
}

function gapRows({ from, to, count }, { first, query }) {
  const oldest = first || Infinity;
  if (from >= oldest) return [gapRow(from, to, count, true)];
  if (to < oldest) return [gapRow(from, to, count, false)];
  const part = (low, high) => (query ? null : high - low + 1);
  return [
    gapRow(oldest, to, part(oldest, to), true),
    gapRow(from, oldest - 1, part(from, oldest - 1), false),
  ];
}

const eventRow = (event) => ({ kind: "event", seq: event.seq, event });

// What was pruned below all others is told by the end mark; above it nothing is left to load.
function endRows(rows, { first, query }) {
  const lowest = rows.at(-1);
  if (lowest?.kind === "gap" && lowest.isKept) return [];
  const to = lowest?.kind === "gap" ? rows.pop().to : 0;
  return [{ kind: "end", seq: 0, to, count: to, first, isFiltered: query !== "" }];
}

export function rowsOf(events, gaps, { first, ceiling, query = "" }) {
  if (ceiling === 0) return [];
  const rows = [];
  let at = gaps.length - 1;
  for (const event of events.toReversed()) {
    for (; at >= 0 && gaps[at].from > event.seq; at--) rows.push(...gapRows(gaps[at], { first, query }));
    rows.push(eventRow(event));
  }
  for (; at >= 0; at--) rows.push(...gapRows(gaps[at], { first, query }));
  return rows.concat(endRows(rows, { first, query }));
}

export const keyOf = (row) => `${row.kind}${row.id ?? row.seq}`;

// The index of the row that shows a number, or of the nearest one below it.
export function indexOf(rows, seq) {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].seq > seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
