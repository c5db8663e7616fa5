const QUIET = 500; // milliseconds: a changed plan goes through a large stream piece by piece

// Debounces changed verdicts of stored events: dispatches "due" when no more of them come.
export class VerdictChanges extends EventTarget {
  #judged = null; // how often the server had done so by the last frame
  #timer = 0;

  constructor(feed) {
    super();
    feed.addEventListener("events", ({ detail: { judged } }) => this.#look(judged));
  }

  #look(judged) {
    if (this.#judged !== null && judged !== this.#judged) this.#tellSoon();
    this.#judged = judged;
  }

  #tellSoon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.dispatchEvent(new Event("due")), QUIET);
  }
}
