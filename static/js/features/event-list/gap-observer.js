const NEAR = 12; // rows: gaps load before the reader reaches them
const REST = { still: 120, live: 1_000 }; // milliseconds in view before a gap loads

const signOf = ({ from, to, count }) => `${from} ${to} ${count}`;

// Loads gaps that stay in view, except those that move past in a fast stream. Calls `load` with the
// gap and whether it is above the reader's position.
export class GapObserver {
  #list;
  #log;
  #load;
  #timer = 0;
  #watched = null;
  #last = null; // the last loaded gap

  constructor(list, log, load) {
    this.#list = list;
    this.#log = log;
    this.#load = load;
    list.addEventListener("painted", () => this.#look());
  }

  #look() {
    const gap = this.#nearest();
    if (gap?.to === this.#watched) return;
    clearTimeout(this.#timer);
    this.#watched = gap?.to ?? null;
    const rest = this.#log.isHeld ? REST.still : REST.live;
    if (gap) this.#timer = setTimeout(() => this.#begin(), rest);
  }

  #nearest() {
    const rows = this.#list.near(this.#log.isHeld ? NEAR : 0);
    const gaps = rows.filter((row) => row.kind === "gap" && row.isKept);
    const isBusy = gaps.some((gap) => this.#list.stateOf(gap) === "loading");
    return isBusy ? undefined : gaps.find((gap) => this.#isOpen(gap));
  }

  // Excludes gaps that failed, that loading did not shrink, and those of a group, which can exceed
  // the memory limit.
  #isOpen(gap) {
    return !this.#list.stateOf(gap) && !gap.isPast && !gap.of && signOf(gap) !== this.#last;
  }

  async #begin() {
    const gap = this.#nearest();
    this.#last = gap ? signOf(gap) : null;
    if (gap) await this.#load(gap, this.#list.isAbove(gap));
    this.#watched = null;
    this.#look();
  }
}
