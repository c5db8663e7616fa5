import { onlyValueOf } from "../../core/query/edit-query.js";
import { formatCount } from "../../core/text/format-count.js";
import { setHidden, setText } from "../../dom/set-if-changed.js";

// Renders the balance: terms as numbers, shares as a bar. Dispatches "filter" with the verdict of
// the term that was clicked, null for all events.
export class Balance extends EventTarget {
  #buttons;
  #terms;
  #shares;
  #warningWord;

  constructor(root) {
    super();
    this.#buttons = [...root.querySelectorAll("[data-filter]")];
    for (const button of this.#buttons) button.addEventListener("click", () => this.#filter(button.dataset.filter || null));
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

  // Marks the verdict that the query selects.
  showQuery(q) {
    const verdict = onlyValueOf(q, "verdict") ?? "";
    for (const button of this.#buttons) {
      if (button.dataset.filter) button.ariaPressed = String(button.dataset.filter === verdict);
    }
  }

  #filter(verdict) {
    this.dispatchEvent(new CustomEvent("filter", { detail: verdict }));
  }

  #asServed() {
    return Object.fromEntries(this.#terms.map((term) => [term.dataset.term, Number(term.textContent)]));
  }
}
