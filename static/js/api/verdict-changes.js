const QUIET = 500; // milliseconds; after a plan change a large stream is re-validated in batches

// Debounces changed verdicts of stored events: dispatches "due" when the changes stop.
export class VerdictChanges extends EventTarget {
  #judged = null; // the count of re-validations in the last frame
  #timer = 0;

  constructor(feed) {
    super();
    feed.addEventListener("events", ({ detail: { judged } }) => this.#look(judged));
  }

  #look(judged) {
    if (this.#judged !== null && judged !== this.#judged) this.#dispatchSoon();
    this.#judged = judged;
  }

  #dispatchSoon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.dispatchEvent(new Event("due")), QUIET);
  }
}
