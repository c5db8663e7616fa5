import { addCounts, countEvent, groupKeyOf, timeWindowOf, totalCount } from "./evicted-counts.js";

// Groups events of one name and verdict within a time window into one row if there are MANY of them
// or if some are evicted. A row counts one event, a gap or a closed group its count, and an open
// group 0, because its members have their own rows.

const MANY = 10;

// The events and folds of one time window.
class Run {
  window;
  events = [];
  gaps = [];
  kinds = new Map(); // kind → {count, members, away, …}

  constructor(window) {
    this.window = window;
  }

  take(event) {
    this.events.push(event);
    const kind = countEvent(this.kinds, event);
    (kind.members ??= []).push(event);
  }

  // Adds the counts of evicted events.
  fold({ from, to, kinds }) {
    for (const [key, gone] of kinds) {
      const kind = this.kinds.get(key);
      const whole = kind ? addCounts(kind, gone) : { ...gone };
      this.kinds.set(key, { ...whole, away: (kind?.away ?? 0) + gone.count, awayIn: kind?.awayIn ?? { from, to } });
    }
  }

  rows(keyFor, isOpen) {
    const groups = [...this.kinds].filter(([, { count, away }]) => away || count >= MANY);
    groups.sort(([, a], [, b]) => b.from - a.from);
    const grouped = new Set(groups.map(([key]) => key));
    const single = this.events.filter((event) => !grouped.has(groupKeyOf(event)));
    const inGroups = groups.flatMap(([key, kind]) => groupRows(keyFor(this.window, key), kind, isOpen));
    return [...inGroups, ...single.map((event) => eventRow(event, 1)), ...this.gaps];
  }
}

const eventRow = (event, level) => ({ kind: "event", seq: event.seq, event, level });

function groupRows(id, { members = [], away = 0, awayIn, ...kind }, isOpen) {
  const open = isOpen(id);
  const group = { kind: "group", id, seq: kind.to, ...kind, members, away, awayIn, isOpen: open };
  if (!open) return [group];
  const rest = { kind: "gap", id: `-of-${id}`, seq: awayIn?.to, ...awayIn, count: away, isKept: true, folds: [], of: id };
  return [group, ...members.map((event) => eventRow(event, 2)), ...(away ? [rest] : [])];
}

function* runsOf(rows) {
  let run = new Run(null);
  for (const row of rows) {
    const folds = row.folds?.toReversed() ?? [];
    const windows = row.kind === "event" ? [timeWindowOf(row.event)] : folds.map(({ window }) => window);
    if (row.kind === "event" && run.window !== windows[0]) {
      yield run;
      run = new Run(windows[0]);
    }
    if (row.kind === "event") run.take(row.event);
    for (const fold of folds) {
      if (run.window !== fold.window) {
        yield run;
        run = new Run(fold.window);
      }
      run.fold(fold);
    }
    if (row.kind === "gap") run.gaps.push(...restOf(row));
    if (row.kind === "end") run.gaps.push(row);
  }
  yield run;
}

// The rest of a gap that its folds do not cover: the end below them, and the events between them,
// which load only on request.
function restOf(gap) {
  if (!gap.folds.length) return [gap];
  const unknown = gap.count === null ? null : gap.count - totalCount(gap.folds);
  const [below, inside] = sharesOf(unknown, gap.folds[0].from - gap.from, gap.isCounted);
  const tail = { ...gap, seq: gap.folds[0].from - 1, to: gap.folds[0].from - 1, count: below, folds: [] };
  const inner = { ...gap, id: `-in-${gap.to}`, from: gap.folds[0].from, count: inside, folds: [], isPast: true };
  return [inner, tail].filter(({ from, to, count }) => from <= to && count !== 0);
}

// Without a query the numbers give the counts; with one the split is unknown.
function sharesOf(unknown, numbersBelow, isCounted) {
  if (isCounted) return [numbersBelow, unknown - numbersBelow];
  return numbersBelow ? [unknown, 0] : [0, unknown];
}

// Groups plain rows. `idFor` returns the id of a group by window and kind, `isOpen` whether the
// group with an id is open.
export function foldIntoGroups(rows, idFor, isOpen) {
  const seen = new Map();
  const keyFor = (window, kind) => {
    const key = `${window} ${kind}`;
    seen.set(key, (seen.get(key) ?? 0) + 1); // clocks can go back, which repeats a window
    return idFor(`${key} ${seen.get(key)}`);
  };
  return [...runsOf(rows)].flatMap((run) => run.rows(keyFor, isOpen));
}

// The number of events in a row; null if unknown.
export function eventCountOf(row) {
  if (row.kind === "event") return 1;
  return row.kind === "group" && row.isOpen ? 0 : row.count;
}
