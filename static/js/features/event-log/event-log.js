import { listRows } from "./list-rows.js";
import { LoadedRange } from "./loaded-range.js";

const SHOWN = 2_000;
const HELD = 1_000;

// The events in memory that match the query. While held (the reader paused or scrolled down) arrivals are
// buffered, so that nothing moves; what exceeds the limits becomes a gap.
export class EventLog {
  query = ""; // of the events that it holds; empty: all events
  highlight = ""; // the query that events tell whether they match; empty: none
  first = 0; // the oldest number that the server keeps; 0: none
  era = 0; // changes when all that was known is forgotten
  isHeld = false;
  #floor = 0;
  #shown = new LoadedRange();
  #waiting = new LoadedRange();
  #rows = null; // until something changes

  // Forgets all, to hold what matches another query, or all events with what is to be highlighted.
  restart(query = "", highlight = "") {
    this.#rows = null;
    this.highlight = highlight;
    this.query = query;
    this.first = 0;
    this.era += 1;
    this.#shown = new LoadedRange(query !== "");
    this.#waiting = new LoadedRange(query !== "");
  }

  // A frame of the feed.
  receive(frame) {
    if (frame.last < this.last) this.restart(this.query, this.highlight);
    if (frame.first !== this.first || !this.isHeld) this.#rows = null;
    this.first = frame.first;
    if (this.isHeld) {
      this.#waiting.receive(frame);
      this.#waiting.keepNewest(HELD);
    } else {
      this.#shown.receive(frame);
      this.#shown.keepNewest(SHOWN);
      this.#waiting.last = frame.last;
    }
    this.#forgetBelow(frame.first || frame.last + 1);
  }

  get events() {
    return this.#shown.events;
  }

  // The newest number that there is.
  get last() {
    return this.#waiting.last;
  }

  // The newest number that shows.
  get ceiling() {
    return this.#shown.last;
  }

  // The number up to which the view was cleared; one that the stream has not reached is of another one.
  get floor() {
    return this.#floor <= this.last ? this.#floor : 0;
  }

  set floor(seq) {
    this.#floor = seq;
    this.#rows = null;
  }

  get countWaiting() {
    return this.query ? this.#countWaitingMatches() : this.last - this.ceiling;
  }

  hold() {
    this.isHeld = true;
  }

  release() {
    this.isHeld = false;
    this.#rows = null;
    this.#shown.append(this.#waiting);
    this.#shown.keepNewest(SHOWN);
    this.#waiting = new LoadedRange(this.query !== "", this.last);
  }

  // Takes in all events of a range; far from the reader's place, others make room.
  fill(events, from, to, place) {
    this.#rows = null;
    this.#shown.fill(events, from, to);
    this.#shown.keepAround(place, SHOWN);
  }

  #forgetBelow(first) {
    this.#shown.forgetBelow(first);
    this.#waiting.forgetBelow(first);
  }

  // Nothing at or below this number is kept any more.
  keepsNothingUpTo(seq) {
    this.#rows = null;
    this.first = Math.max(this.first, seq + 1);
  }

  find(seq) {
    const isIt = (event) => event.seq === seq;
    return this.#shown.events.find(isIt) ?? this.#waiting.events.find(isIt);
  }

  // The gap that a number lies in.
  gapAt(seq) {
    return this.#shown.gaps.all.find(({ from, to }) => from <= seq && seq <= to);
  }

  rows() {
    const { events, gaps } = this.#shown;
    this.#rows ??= listRows(events, gaps.all, this);
    return this.#rows;
  }

  // At least so many.
  #countWaitingMatches() {
    const { events, gaps } = this.#waiting;
    return gaps.all.reduce((sum, { count }) => sum + (count ?? 1), events.length);
  }
}
