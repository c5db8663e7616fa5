import { rowsOf } from "./rows.js";

const SHOWN = 2_000;
const HELD = 1_000;

function joined(older, newer) {
  const last = older.at(-1)?.seq ?? 0;
  return newer.length && newer[0].seq > last ? older.concat(newer) : merged(older, newer);
}

function merged(some, others) {
  const bySeq = new Map([...some, ...others].map((event) => [event.seq, event]));
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

// The events this page has in memory, oldest first. While held (the reader paused or scrolled down)
// what arrives waits aside, so that nothing moves; what no longer fits becomes a gap.
export class EventLog {
  events = [];
  first = 0;
  last = 0;
  ceiling = 0;
  isHeld = false;
  #waiting = [];

  receive({ events, first, last }) {
    if (last < this.last) this.#forget();
    Object.assign(this, { first, last });
    if (this.isHeld) {
      this.#waiting = joined(this.#waiting, events).slice(-HELD);
    } else {
      this.events = joined(this.events, events).slice(-SHOWN);
      this.ceiling = last;
    }
  }

  get countWaiting() {
    return this.last - this.ceiling;
  }

  hold() {
    this.isHeld = true;
  }

  release() {
    this.isHeld = false;
    this.ceiling = this.last;
    this.events = joined(this.events, this.#waiting).slice(-SHOWN);
    this.#waiting = [];
  }

  // Takes in what was loaded for a gap; far from the reader's place, others make room.
  fill(events, place) {
    this.events = merged(this.events, events);
    const spare = Math.max(0, this.events.length - SHOWN);
    const middle = this.events.findLastIndex((event) => event.seq <= place);
    const start = Math.min(spare, Math.max(0, middle - SHOWN / 2));
    this.events = this.events.slice(start, start + SHOWN);
  }

  // Nothing at or below this number is kept any more.
  keepsNothingUpTo(seq) {
    this.first = Math.max(this.first, seq + 1);
  }

  find(seq) {
    return [this.events, this.#waiting].flat().find((event) => event.seq === seq);
  }

  rows() {
    return rowsOf(this.events, this);
  }

  #forget() {
    this.events = [];
    this.#waiting = [];
    this.ceiling = 0;
  }
}
