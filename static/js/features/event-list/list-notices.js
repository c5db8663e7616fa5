import { formatCount, pluralize } from "../../core/text/format-count.js";

const FLOOD = 500; // events …
const WITHIN = 5_000; // … within this many milliseconds

// Notices above the list: the number of events hidden by "Clear view" and, once, an offer to group
// bursts.
export class ListNotices {
  #hidden;
  #flood;
  #address;
  #log;
  #grouping;
  #counts = []; // [time, events] of the last frames
  #isOffered = false;

  constructor(root, { address, log, grouping }) {
    this.#hidden = root.querySelector("[data-hidden-bar]");
    this.#flood = root.querySelector("[data-flood-bar]");
    this.#address = address;
    this.#log = log;
    this.#grouping = grouping;
    root.addEventListener("click", ({ target }) => this.#clicked(target.closest("[data-bar]")?.dataset.bar));
  }

  // Called with the number of new events.
  count(events, now = performance.now()) {
    if (this.#isOffered || this.#grouping.isOn) return;
    this.#counts = this.#counts.filter(([time]) => time > now - WITHIN).concat([[now, events]]);
    const sum = this.#counts.reduce((total, [, more]) => total + more, 0);
    if (sum >= FLOOD) this.#offer(sum);
  }

  paint() {
    const { floor, first, query } = this.#log;
    this.#hidden.hidden = floor === 0;
    const hidden = floor - Math.max(1, first) + 1;
    const words = query || first === 0 || hidden < 1 ? "older events" : pluralize(hidden, "older event");
    this.#hidden.querySelector("span").textContent = `Hidden: ${words}, up to No. ${formatCount(floor)}.`;
    if (this.#grouping.isOn) this.#flood.hidden = true;
  }

  #offer(sum) {
    this.#isOffered = true;
    this.#counts = [];
    this.#flood.hidden = false;
    this.#flood.querySelector("span").textContent = `${pluralize(sum, "event")} within 5 s. Group those of the same name?`;
  }

  #clicked(action) {
    if (action === "show") this.#address.set({ since: "" });
    if (action === "group") this.#grouping.turn(true);
    if (action) this.#flood.hidden = action !== "show" || this.#flood.hidden;
  }
}
