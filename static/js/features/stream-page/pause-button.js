import { formatCount } from "../../core/text/format-count.js";
import { showIcon } from "../../dom/templates.js";

// Pause and resume with the number of waiting events, and "Back to live" for a reader who scrolled
// down.
export class PauseButton extends EventTarget {
  isPaused = false;
  #button;
  #newest;

  constructor(button, newest) {
    super();
    this.#button = button;
    this.#newest = newest;
    button.addEventListener("click", () => this.dispatchEvent(new CustomEvent("toggle")));
    newest.addEventListener("click", () => this.dispatchEvent(new CustomEvent("newest")));
  }

  paint(waiting, isReading) {
    const news = waiting ? `${formatCount(waiting)} new` : "";
    this.#paintButton(this.isPaused ? news : "");
    this.#newest.hidden = this.isPaused || !isReading;
    this.#newest.querySelector("b").textContent = news || "Back to live";
  }

  #paintButton(news) {
    const part = (name) => this.#button.querySelector(`[data-pause-${name}]`);
    this.#button.ariaPressed = this.isPaused;
    showIcon(this.#button.querySelector("svg"), this.isPaused ? "play" : "pause");
    part("word").textContent = this.isPaused ? "Resume" : "Pause";
    part("count").hidden = !news;
    part("count").textContent = news;
  }
}
