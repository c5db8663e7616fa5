// What is not held of a range of numbers: gaps, oldest first, each with how many events in it match
// the query (null: nobody counted them). Without a query every number is an event.
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

  // The range is not held any more: `count` events beside those of gaps that it swallows or touches.
  open(from, to, count) {
    if (from > to) return;
    const start = this.#firstUpTo(from - 1);
    const swallowed = this.#gaps.slice(start).filter((gap) => gap.from <= to + 1);
    const lowest = Math.min(from, ...swallowed.slice(0, 1).map((gap) => gap.from));
    const highest = Math.max(to, ...swallowed.slice(-1).map((gap) => gap.to));
    const total = swallowed.reduce((sum, gap) => added(sum, gap.count), count);
    this.#gaps.splice(start, swallowed.length, ...this.#gap(lowest, highest, total));
  }

  // All of the range is held now; that took `found` events.
  close(from, to, found) {
    const start = this.#firstUpTo(from);
    const cut = this.#gaps.slice(start).filter((gap) => gap.from <= to);
    const left = cut.flatMap((gap) => this.#outside(gap, from, to, cut.length === 1 ? found : null));
    this.#gaps.splice(start, cut.length, ...left);
  }

  // What is left of a gap; of two parts nobody knows which has how many.
  #outside(gap, from, to, found) {
    const isSplit = gap.from < from && gap.to > to;
    const count = isSplit || found === null ? null : added(gap.count, -found);
    return [
      ...this.#gap(gap.from, Math.min(gap.to, from - 1), count),
      ...this.#gap(Math.max(gap.from, to + 1), gap.to, count),
    ];
  }

  // None where nothing is missing.
  #gap(from, to, count) {
    if (from > to) return [];
    if (!this.#isFiltered) return [{ from, to, count: to - from + 1 }];
    return count === null || count > 0 ? [{ from, to, count }] : [];
  }

  // The index of the first gap that reaches up to a number.
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
