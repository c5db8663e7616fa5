import { listRows } from "./list-rows.js";
import { LoadedRange } from "./loaded-range.js";

const SHOWN = 2_000;
const HELD = 1_000;

// The events in memory that match the query. While held (the reader paused or scrolled down) new
// events are buffered, so that the list does not move; events beyond the limits become a gap.
export class EventLog {
  query = ""; // the filter; empty: all events
  highlight = ""; // the highlight query; empty when off
  first = 0; // the oldest stored number; 0: none
  era = 0; // changes on restart
  isHeld = false;
  #floor = 0;
  #shown = new LoadedRange();
  #waiting = new LoadedRange();
  #rows = null; // cached until something changes

  // Drops all events and starts with another filter or highlight query.
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

  // The newest received number.
  get last() {
    return this.#waiting.last;
  }

  // The newest number in the list.
  get ceiling() {
    return this.#shown.last;
  }

  // The number up to which the view was cleared; ignored if it is above the newest one, because the
  // stream was reset.
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

  // Adds all events of a range and evicts those far from the reader's position.
  fill(events, from, to, place) {
    this.#rows = null;
    this.#shown.fill(events, from, to);
    this.#shown.keepAround(place, SHOWN);
  }

  #forgetBelow(first) {
    this.#shown.forgetBelow(first);
    this.#waiting.forgetBelow(first);
  }

  // The server deleted all events up to this number.
  keepsNothingUpTo(seq) {
    this.#rows = null;
    this.first = Math.max(this.first, seq + 1);
  }

  find(seq) {
    const isIt = (event) => event.seq === seq;
    return this.#shown.events.find(isIt) ?? this.#waiting.events.find(isIt);
  }

  // The gap that contains a number.
  gapAt(seq) {
    return this.#shown.gaps.all.find(({ from, to }) => from <= seq && seq <= to);
  }

  rows() {
    const { events, gaps } = this.#shown;
    this.#rows ??= listRows(events, gaps.all, this);
    return this.#rows;
  }

  // A lower bound.
  #countWaitingMatches() {
    const { events, gaps } = this.#waiting;
    return gaps.all.reduce((sum, { count }) => sum + (count ?? 1), events.length);
  }
}
