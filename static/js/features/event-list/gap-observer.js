const NEAR = 12; // rows: a reader who scrolls comes upon what is already loading
const REST = { still: 120, live: 1_000 }; // milliseconds that a gap stays in view before it loads

const signOf = ({ from, to, count }) => `${from} ${to} ${count}`;

// Loads gaps that stay in view, but not those that a fast stream carries past. Calls `load` with the gap and
// whether the reader scrolls up to it.
export class GapObserver {
  #list;
  #log;
  #load;
  #timer = 0;
  #watched = null;
  #last = null; // what was loaded last

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

  // Not what failed, what loading did not make smaller, or what a group counts: it may be more than
  // memory takes.
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
