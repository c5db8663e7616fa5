import { evictedCountsOf } from "./evicted-counts.js";
import { Gaps } from "./gaps.js";

function joined(older, newer) {
  const last = older.at(-1)?.seq ?? 0;
  return newer.length && newer[0].seq > last ? older.concat(newer) : merged(older, newer);
}

function merged(some, others) {
  if (!others.length) return some;
  const bySeq = new Map([...some, ...others].map((event) => [event.seq, event]));
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

// A range of event numbers up to `last`: the events in memory, oldest first, and the gaps between
// them. Other numbers do not match the query.
export class LoadedRange {
  events = [];
  gaps;
  last;
  #isFiltered;

  constructor(isFiltered = false, after = 0) {
    this.#isFiltered = isFiltered;
    this.gaps = new Gaps(isFiltered);
    this.last = after;
  }

  // A frame covers (after, last]. It omits `skipped` older matches (null: unknown), and those below
  // `searched_to` if its search timed out.
  receive({ after = this.last, events, last, first, skipped = 0, searched_to: reached }) {
    const isNext = after === this.last;
    if (after > this.last) this.gaps.open(this.last + 1, after, null);
    if (skipped !== 0 || !this.#isFiltered) {
      const from = Math.max(after, this.last, this.#isFiltered ? first - 1 : 0) + 1;
      this.gaps.open(from, (reached ?? events[0]?.seq ?? last + 1) - 1, isNext ? skipped : null);
    }
    this.events = joined(this.events, events);
    this.last = last;
  }

  append({ events, gaps, last }) {
    for (const gap of gaps.all) this.gaps.open(gap.from, gap.to, gap.count, gap.folds);
    this.events = joined(this.events, events);
    this.last = last;
  }

  // Adds all events of a range.
  fill(events, from, to) {
    this.gaps.close(from, to, events);
    this.events = merged(this.events, events);
  }

  // Keeps the newest events in memory; the others become a gap.
  keepNewest(most) {
    this.#keep(Math.max(0, this.events.length - most), most);
  }

  // The server deleted everything below this number; drops it here, too.
  forgetBelow(first) {
    const at = this.events.findIndex((event) => event.seq >= first);
    const start = at < 0 ? this.events.length : at;
    if (start) this.#keep(start, this.events.length);
  }

  // Keeps only the events around a position.
  keepAround(place, most) {
    const spare = Math.max(0, this.events.length - most);
    const middle = this.events.findLastIndex((event) => event.seq <= place);
    this.#keep(Math.min(spare, Math.max(0, middle - most / 2)), most);
  }

  #keep(start, most) {
    const older = this.events.slice(0, start);
    const newer = this.events.slice(start + most);
    if (older.length) {
      const from = Math.min(older[0].seq, this.gaps.lowest);
      this.gaps.open(from, older.at(-1).seq, older.length, evictedCountsOf(older));
    }
    if (newer.length) {
      const to = Math.max(newer.at(-1).seq, this.gaps.highest);
      this.gaps.open(newer[0].seq, to, newer.length, evictedCountsOf(newer));
    }
    if (older.length || newer.length) this.events = this.events.slice(start, start + most);
  }
}
