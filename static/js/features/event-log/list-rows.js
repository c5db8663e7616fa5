// Builds the rows of the list, newest first, from events and gaps, both oldest first; the end mark
// is last. A gap is split at the oldest stored event. `first` is that event (0: none), `ceiling`
// the newest to show, `floor` the number up to which the view was cleared (0: not cleared).

function gapRow({ from, to, count, folds }, isKept, query) {
  return { kind: "gap", seq: to, from, to, count, folds, isKept, isCounted: !query };
}

// The part of a gap between two numbers; with a query its count is unknown.
function partOf(gap, low, high, query) {
  const [from, to] = [Math.max(low, gap.from), Math.min(high, gap.to)];
  if (from === gap.from && to === gap.to) return gap;
  const folds = gap.folds.filter((fold) => fold.from >= from && fold.to <= to);
  return { from, to, count: query ? null : to - from + 1, folds };
}

function gapRows(gap, { first, floor, query }) {
  const oldest = Math.max(first || Infinity, floor + 1);
  const [kept, gone] = [partOf(gap, oldest, Infinity, query), partOf(gap, floor + 1, oldest - 1, query)];
  return [
    ...(kept.from <= kept.to ? [gapRow(kept, true, query)] : []),
    ...(gone.from <= gone.to ? [gapRow({ ...gone, folds: [] }, false, query)] : []),
  ];
}

const eventRow = (event) => ({ kind: "event", seq: event.seq, event });

// The end mark replaces pruned and cleared events below all other rows.
function endRow(rows, { first, floor, query }) {
  const end = { kind: "end", seq: 0, first, floor, isFiltered: query !== "" };
  if (floor) return { ...end, to: floor, count: query ? null : floor };
  const lowest = rows.at(-1);
  const to = lowest?.kind === "gap" && !lowest.isKept ? rows.pop().to : 0;
  return { ...end, to, count: to };
}

// Drops the end mark while a gap above it can be loaded.
export function withoutLooseEnd(rows) {
  const [lowest, end] = rows.slice(-2);
  const isLoose = lowest?.kind === "gap" && lowest.isKept && !lowest.isPast && !lowest.of;
  return isLoose && !end.count && !end.floor ? rows.slice(0, -1) : rows;
}

export function listRows(events, gaps, { first, ceiling, floor = 0, query = "" }) {
  if (ceiling === 0) return [];
  const bounds = { first, floor, query };
  const rows = [];
  let at = gaps.length - 1;
  for (const event of events.toReversed()) {
    if (event.seq <= floor) break;
    for (; at >= 0 && gaps[at].from > event.seq; at--) rows.push(...gapRows(gaps[at], bounds));
    rows.push(eventRow(event));
  }
  for (; at >= 0; at--) rows.push(...gapRows(gaps[at], bounds));
  rows.push(endRow(rows, bounds));
  return rows;
}

export const rowKey = (row) => `${row.kind}${row.id ?? row.seq}`;

const shows = (row, seq) => row.members?.some((event) => event.seq === seq);

// The index of the row that shows a number, or of the nearest row below it.
export function rowIndexOf(rows, seq) {
  const own = rows.findIndex((row) => row.kind === "event" && row.seq === seq);
  if (own >= 0) return own;
  const group = rows.findIndex((row) => shows(row, seq));
  return group >= 0 ? group : rows.findIndex((row) => row.seq <= seq);
}
