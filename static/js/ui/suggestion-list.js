import { formatCount } from "../core/text/format-count.js";
import { showText } from "../dom/show-text.js";
import { templateElement } from "../dom/templates.js";

// The list of completions under an input. Dispatches "choose" with the chosen option.
export class SuggestionList extends EventTarget {
  #host;
  #input;
  #options = [];
  #active = -1;

  constructor(host, input) {
    super();
    this.#host = host;
    this.#input = input;
    // Keeps the focus in the input.
    host.addEventListener("pointerdown", (event) => event.preventDefault());
    host.addEventListener("click", ({ target }) => this.#clicked(target.closest("[role=option]")));
  }

  get isOpen() {
    return !this.#host.hidden;
  }

  get active() {
    return this.#options[this.#active];
  }

  get first() {
    return this.#options[0];
  }

  show(options) {
    this.#options = options;
    this.#host.replaceChildren(...options.map((option, index) => this.#elementOf(option, index)));
    this.#host.hidden = options.length === 0;
    if (this.#input.role === "combobox") this.#input.ariaExpanded = options.length > 0;
    this.#activate(-1);
  }

  hide() {
    this.show([]);
  }

  // Moves to the next option, or from the first to the last; past the ends none is active.
  step(step) {
    const length = this.#options.length + 1;
    this.#activate(((this.#active + 1 + step + length) % length) - 1);
  }

  #elementOf({ label, detail, count: times }, index) {
    const element = templateElement("query-option");
    element.id = `query-option-${index}`;
    element.dataset.index = index;
    showText(element.querySelector("[data-slot=label]"), label);
    showText(element.querySelector("[data-slot=detail]"), times === undefined ? (detail ?? "") : formatCount(times));
    return element;
  }

  #activate(index) {
    this.#host.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
    this.#active = index;
    const element = this.#host.children[index];
    element?.setAttribute("aria-selected", "true");
    element?.scrollIntoView({ block: "nearest" });
    if (element) this.#input.setAttribute("aria-activedescendant", element.id);
    else this.#input.removeAttribute("aria-activedescendant");
  }

  #clicked(element) {
    const option = element && this.#options[Number(element.dataset.index)];
    if (option) this.dispatchEvent(new CustomEvent("choose", { detail: option }));
  }
}
