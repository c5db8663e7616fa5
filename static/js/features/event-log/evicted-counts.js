// Counts of evicted events per time window and kind (a name with a verdict). The entry of a window
// is called a fold. A gap has folds, oldest first; the rest of it is unknown.

const WINDOW_MS = 5_000; // milliseconds
const MAX_FOLDS = 2_000; // folds per gap
const FEW = 10; // fewer events in a window are not worth a fold
const MAX_KINDS = 50; // per fold

const receivedTime = (event) => Date.parse(event.received_at);
export const timeWindowOf = (event) => Math.floor(receivedTime(event) / WINDOW_MS);
export const groupKeyOf = ({ verdict, name }) => `${verdict} ${name ?? ""}`;

function newKind({ seq, name, verdict }, time) {
  return { name, verdict, count: 0, from: seq, to: seq, start: time, end: time };
}

// Adds an event to the count of its kind.
export function countEvent(kinds, event) {
  const [key, time] = [groupKeyOf(event), receivedTime(event)];
  if (!kinds.has(key)) kinds.set(key, newKind(event, time));
  const kind = kinds.get(key);
  kind.count += 1;
  kind.from = Math.min(kind.from, event.seq);
  kind.to = Math.max(kind.to, event.seq);
  kind.start = Math.min(kind.start, time);
  kind.end = Math.max(kind.end, time);
  return kind;
}

// Counts events, oldest first, by window and kind.
export function evictedCountsOf(events) {
  const folds = new Map();
  for (const event of events) {
    const window = timeWindowOf(event);
    const fold = folds.get(window) ?? { window, from: event.seq, to: event.seq, kinds: new Map() };
    folds.set(window, fold);
    fold.to = event.seq;
    if (fold.kinds.size < MAX_KINDS || fold.kinds.has(groupKeyOf(event))) countEvent(fold.kinds, event);
  }
  return [...folds.values()].slice(-MAX_FOLDS);
}

// Adds two counts of one kind.
export function addCounts(some, other) {
  return {
    ...some,
    count: some.count + other.count,
    from: Math.min(some.from, other.from),
    to: Math.max(some.to, other.to),
    start: Math.min(some.start, other.start),
    end: Math.max(some.end, other.end),
  };
}

function joinedKinds(some, others) {
  const kinds = new Map(some);
  for (const [key, kind] of others) {
    if (kinds.has(key)) kinds.set(key, addCounts(kinds.get(key), kind));
    else if (kinds.size < MAX_KINDS) kinds.set(key, kind);
  }
  return kinds;
}

function joinedFolds(some, other) {
  const [from, to] = [Math.min(some.from, other.from), Math.max(some.to, other.to)];
  return { window: some.window, from, to, kinds: joinedKinds(some.kinds, other.kinds) };
}

// Merges the counts of joined gaps.
export function mergeEvictedCounts(folds) {
  const byWindow = new Map();
  for (const fold of folds) {
    const known = byWindow.get(fold.window);
    byWindow.set(fold.window, known ? joinedFolds(known, fold) : fold);
  }
  const merged = [...byWindow.values()].sort((a, b) => a.from - b.from);
  return merged.filter((fold, at) => isOuter(at, merged) || totalCount([fold]) >= FEW).slice(-MAX_FOLDS);
}

// A fold at either end of a gap can still grow.
const isOuter = (at, folds) => at === 0 || at === folds.length - 1;

// Removes reloaded events from a fold. A fold that would be split is dropped.
function withoutFound(fold, from, to, found) {
  const [low, high] = [fold.from < from, fold.to > to];
  if (low === high) return [];
  const kinds = new Map(fold.kinds);
  for (const event of found) {
    const kind = kinds.get(groupKeyOf(event));
    if (kind && timeWindowOf(event) === fold.window) kinds.set(groupKeyOf(event), { ...kind, count: kind.count - 1 });
  }
  const left = new Map([...kinds].filter(([, { count }]) => count > 0));
  const part = low ? { from: fold.from, to: from - 1 } : { from: to + 1, to: fold.to };
  return left.size ? [{ ...fold, ...part, kinds: left }] : [];
}

// The counts of a gap without its events from..to, which are in memory again.
export function subtractLoaded(folds, from, to, found) {
  return folds.flatMap((fold) => {
    const isOutside = fold.to < from || fold.from > to;
    return isOutside ? [fold] : withoutFound(fold, from, to, found);
  });
}

export function totalCount(folds) {
  return folds.flatMap(({ kinds }) => [...kinds.values()]).reduce((sum, { count }) => sum + count, 0);
}
