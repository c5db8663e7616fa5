// Events oldest first → the rows of the list, newest first. Numbers run without a gap, so what is
// missing between two events is known from the numbers alone and gets a row of its own.
// `first` is the oldest number still kept on the server (0: none), `ceiling` the newest to show.

function gapRow(from, to, isKept) {
  return { kind: "gap", seq: to, from, to, count: to - from + 1, isKept };
}

export function gapRows(from, to, first) {
  if (from > to) return [];
  const oldest = first || Infinity;
  if (to < oldest) return [gapRow(from, to, false)];
  if (from >= oldest) return [gapRow(from, to, true)];
  return [gapRow(oldest, to, true), gapRow(from, oldest - 1, false)];
}

export function rowsOf(events, { first, ceiling }) {
  const rows = [];
  let above = ceiling + 1;
  for (const event of events.toReversed()) {
    if (event.seq + 1 < above) rows.push(...gapRows(event.seq + 1, above - 1, first));
    rows.push({ kind: "event", seq: event.seq, event });
    above = event.seq;
  }
  return rows.concat(gapRows(1, above - 1, first));
}

// The row that shows a number, or the nearest one below it.
export function indexOf(rows, seq) {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].seq > seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
