import { formatCount } from "../../core/text/format-count.js";
import { showText } from "../../dom/show-text.js";

// The event selected for comparison, and the bar that shows it; `seq` is 0 if there is none.
export class CompareSelection {
  seq = 0;
  #bar;
  #log;

  constructor(bar, log) {
    this.#bar = bar;
    this.#log = log;
    bar.querySelector("[data-picking-stop]").addEventListener("click", () => this.stop());
  }

  start(seq) {
    const name = this.#log.find(seq)?.name;
    this.seq = seq;
    showText(this.#bar.querySelector("[data-picking-event]"), `No. ${formatCount(seq)}${name ? ` “${name}”` : ""}`);
    this.#bar.hidden = false;
  }

  stop() {
    this.seq = 0;
    this.#bar.hidden = true;
  }
}
