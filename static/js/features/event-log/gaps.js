import { mergeEvictedCounts, subtractLoaded } from "./evicted-counts.js";

// The ranges of numbers that are not in memory, oldest first, each with the count of matching
// events (null if unknown) and the counts of evicted ones. Without a query every number is an
// event.
export class Gaps {
  #gaps = [];
  #isFiltered;

  constructor(isFiltered = false) {
    this.#isFiltered = isFiltered;
  }

  get all() {
    return this.#gaps;
  }

  get lowest() {
    return this.#gaps[0]?.from ?? Infinity;
  }

  get highest() {
    return this.#gaps.at(-1)?.to ?? 0;
  }

  // Marks a range as evicted, with `count` events in addition to those of gaps that it overlaps or
  // touches.
  open(from, to, count, folds = []) {
    if (from > to) return;
    const start = this.#firstUpTo(from - 1);
    const swallowed = this.#gaps.slice(start).filter((gap) => gap.from <= to + 1);
    const all = swallowed.concat({ from, to, count, folds });
    const whole = {
      from: Math.min(...all.map((gap) => gap.from)),
      to: Math.max(...all.map((gap) => gap.to)),
      count: all.reduce((sum, gap) => added(sum, gap.count), 0),
      folds: mergeEvictedCounts(all.flatMap((gap) => gap.folds)),
    };
    this.#gaps.splice(start, swallowed.length, ...this.#gap(whole));
  }

  // Marks a range as loaded with these events.
  close(from, to, events) {
    const start = this.#firstUpTo(from);
    const cut = this.#gaps.slice(start).filter((gap) => gap.from <= to);
    const found = cut.length === 1 ? events.length : null;
    const left = cut.flatMap((gap) => this.#outside(gap, from, to, found, events));
    this.#gaps.splice(start, cut.length, ...left);
  }

  // The rest of a gap; if it is split, the counts of both parts are unknown.
  #outside(gap, from, to, found, events) {
    const isSplit = gap.from < from && gap.to > to;
    const count = isSplit || found === null ? null : added(gap.count, -found);
    const folds = subtractLoaded(gap.folds, from, to, events);
    const part = (low, high) => ({
      from: low,
      to: high,
      count,
      folds: folds.filter((fold) => fold.from >= low && fold.to <= high),
    });
    return [
      ...this.#gap(part(gap.from, Math.min(gap.to, from - 1))),
      ...this.#gap(part(Math.max(gap.from, to + 1), gap.to)),
    ];
  }

  // Empty if no event is missing.
  #gap({ from, to, count, folds }) {
    if (from > to) return [];
    if (!this.#isFiltered) return [{ from, to, count: to - from + 1, folds }];
    return count === null || count > 0 ? [{ from, to, count, folds }] : [];
  }

  // The index of the first gap that ends at or above a number.
  #firstUpTo(number) {
    let [low, high] = [0, this.#gaps.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#gaps[middle].to < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function added(some, more) {
  return some === null || more === null ? null : some + more;
}
