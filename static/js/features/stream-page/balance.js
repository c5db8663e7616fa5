import { formatCount } from "../../core/text/format-count.js";
import { setHidden, setText } from "../../dom/set-if-changed.js";

// Renders the balance: terms as numbers, shares as a bar.
export class Balance {
  #terms;
  #shares;
  #warningWord;

  constructor(root) {
    this.#terms = [...root.querySelectorAll("[data-term]")];
    this.#shares = [...root.querySelectorAll("[data-share]")];
    this.#warningWord = root.querySelector("[data-warning-word]");
    this.paint(this.#asServed());
  }

  paint(balance) {
    for (const term of this.#terms) {
      const value = balance[term.dataset.term];
      setText(term, formatCount(value));
      term.parentElement.toggleAttribute("data-none", value === 0);
    }
    for (const share of this.#shares) {
      const value = balance[share.dataset.share];
      setHidden(share, value === 0);
      share.style.flexGrow = value;
    }
    setText(this.#warningWord, balance.warning === 1 ? "warning" : "warnings");
  }

  #asServed() {
    return Object.fromEntries(this.#terms.map((term) => [term.dataset.term, Number(term.textContent)]));
  }
}
