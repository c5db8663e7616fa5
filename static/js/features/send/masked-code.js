import { copyWithFeedback, resetCopyButton } from "../../ui/copy-button.js";

// A code block with masked secrets until they are revealed. Its button copies the real ones in both
// cases.
export class MaskedCode {
  #code;
  #button;
  #secrets;
  #masked = "";
  #pick = () => "";
  #isRevealed = false;

  constructor(root, secrets) {
    this.#secrets = secrets;
    this.#code = root.querySelector("pre > code");
    this.#button = root.querySelector("[data-copy]");
    this.#button.addEventListener("click", () => copyWithFeedback(this.#button, this.#text()));
  }

  // `pick` returns the text from the loaded secrets.
  show(masked, pick) {
    this.#masked = masked;
    this.#pick = pick;
    resetCopyButton(this.#button);
    this.#paint();
  }

  // Requires loaded secrets.
  reveal(isRevealed) {
    this.#isRevealed = isRevealed;
    this.#paint();
  }

  async #text() {
    return this.#pick(await this.#secrets.unlock());
  }

  #paint() {
    const { known } = this.#secrets;
    this.#code.textContent = this.#isRevealed && known ? this.#pick(known) : this.#masked;
  }
}
