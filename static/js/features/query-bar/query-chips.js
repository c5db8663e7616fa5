import { removeTerm, toggleNegation } from "../../core/query/edit-query.js";
import { parseQuery } from "../../core/query/parse-query.js";
import { showText } from "../../dom/show-text.js";
import { templateElement } from "../../dom/templates.js";

// The terms of a query as chips. Dispatches "change" with the edited query.
export class QueryChips extends EventTarget {
  #host;
  #text = "";

  constructor(host) {
    super();
    this.#host = host;
    host.addEventListener("click", ({ target }) => this.#clicked(target));
    host.addEventListener("keydown", (event) => this.#pressed(event));
  }

  // If the text has an error, shows the terms before it, read-only.
  show(text) {
    if (text === this.#text) return;
    const { terms, mistake } = parseQuery(text);
    this.#text = text;
    const had = this.#focusedIndex;
    this.#host.replaceChildren(...terms.map((term, index) => this.#chipOf(term, index, terms[index - 1])));
    this.#host.inert = mistake !== null;
    if (had >= 0) this.#focus(Math.min(had, terms.length - 1));
  }

  get isEmpty() {
    return this.#host.childElementCount === 0;
  }

  #chipOf(term, index, before) {
    const chip = templateElement("query-chip");
    const words = this.#text.slice(term.start + Number(term.isNegated), term.end);
    chip.dataset.index = index;
    chip.toggleAttribute("data-not", term.isNegated);
    chip.querySelector("[data-slot=or]").hidden = before?.group !== term.group;
    chip.querySelector("[data-slot=not]").hidden = !term.isNegated;
    showText(chip.querySelector("[data-slot=words]"), words);
    const turn = chip.querySelector("[data-turn]");
    turn.title = term.isNegated ? "Excluded. Click to show only these" : "Click to exclude these";
    chip.querySelector("[data-remove]").ariaLabel = `Remove ${words}`;
    return chip;
  }

  get #focusedIndex() {
    const chip = document.activeElement?.closest("[data-index]");
    return chip && this.#host.contains(chip) ? Number(chip.dataset.index) : -1;
  }

  #focus(index) {
    const button = this.#host.children[index]?.querySelector("[data-turn]");
    if (button) button.focus();
    else this.dispatchEvent(new CustomEvent("left"));
  }

  #clicked(target) {
    const chip = target.closest("[data-index]");
    if (!chip) return;
    if (target.closest("[data-remove]")) this.#change(removeTerm, chip);
    else if (target.closest("[data-turn]")) this.#change(toggleNegation, chip);
  }

  #pressed(event) {
    const chip = event.target.closest("[data-index]");
    if (!chip || !["Delete", "Backspace"].includes(event.key)) return;
    event.preventDefault();
    this.#change(removeTerm, chip);
  }

  #change(edit, chip) {
    const detail = edit(this.#text, Number(chip.dataset.index));
    this.dispatchEvent(new CustomEvent("change", { detail }));
  }
}
