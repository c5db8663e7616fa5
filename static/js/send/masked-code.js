import { copyBy } from "../page/copy.js";

// Program text on the screen with its secrets masked, unless they are revealed. Its button copies
// the real ones in either case: that is what it is for.
export class MaskedCode {
  #code;
  #entry = { text: "", masked: "" };
  #isRevealed = false;

  constructor(root) {
    this.#code = root.querySelector("pre > code");
    const button = root.querySelector("[data-copy]");
    button.addEventListener("click", () => copyBy(button, this.#entry.text));
  }

  // {text, masked}
  show(entry) {
    this.#entry = entry;
    this.#paint();
  }

  reveal(isRevealed) {
    this.#isRevealed = isRevealed;
    this.#paint();
  }

  #paint() {
    this.#code.textContent = this.#isRevealed ? this.#entry.text : this.#entry.masked;
  }
}
