import { formatCount } from "../../core/text/format-count.js";

const own = document.title;

// Counts events in the title while the tab is hidden.
export class TabTitle {
  #unseen = 0;

  constructor() {
    document.addEventListener("visibilitychange", () => this.#reset());
  }

  count(events) {
    if (!document.hidden || events === 0) return;
    this.#unseen += events;
    document.title = `(${formatCount(this.#unseen)}) ${own}`;
  }

  #reset() {
    this.#unseen = 0;
    document.title = own;
  }
}
