import { formatCount, pluralize } from "../../core/text/format-count.js";

const PAUSE = 10_000;

const STATES = {
  connecting: "Connecting.",
  live: "Connected.",
  reconnecting: "Connection lost. Reconnecting.",
  "signed-out": "Signed out.",
  "over-limit": "Not live: a limit is reached.",
};

// "12 events, 3 with faults."
export function arrivalSummary({ events, faults }) {
  return `${pluralize(events, "event")}${faults ? `, ${formatCount(faults)} with faults` : ""}.`;
}

const isFault = ({ verdict }) => verdict === "invalid" || verdict === "malformed";

// Announces state changes to screen readers, and new events at most every ten seconds.
export class Announcer {
  #region;
  #arrived = { events: 0, faults: 0 };
  #timer = 0;
  #state = "connecting";

  constructor(region) {
    this.#region = region;
    document.addEventListener("announce", ({ detail }) => this.say(detail));
  }

  say(text) {
    this.#region.textContent = text;
  }

  announceState(state) {
    if (state !== this.#state) this.say(STATES[state]);
    this.#state = state;
  }

  count(events) {
    this.#arrived.events += events.length;
    this.#arrived.faults += events.filter(isFault).length;
    if (this.#arrived.events) this.#timer ||= setTimeout(() => this.#announceEvents(), PAUSE);
  }

  #announceEvents() {
    this.#timer = 0;
    this.say(arrivalSummary(this.#arrived));
    this.#arrived = { events: 0, faults: 0 };
  }
}
