import { fieldTerm } from "../../core/query/format-query.js";
import { showText } from "../../dom/show-text.js";
import { templateElement } from "../../dom/templates.js";
import { copyWithFeedback } from "../../ui/copy-button.js";

const MARGIN = 8; // pixels to the edges of the window

// The menu of one or several values: only this, not this, copy. Dispatches "term" with the term to
// add.
export class ValueMenu extends EventTarget {
  #element = templateElement("value-menu");
  #back = null; // the element that had the focus

  constructor() {
    super();
    document.querySelector("main").append(this.#element);
    this.#element.addEventListener("keydown", (event) => this.#pressed(event));
    this.#element.addEventListener("toggle", ({ newState }) => newState === "closed" && this.#closed());
  }

  // `entries` are {name, value}; `place` is the anchor in window pixels.
  open(entries, place, back) {
    this.#back = back;
    this.#element.ariaLabel = entries.length === 1 ? `Filter by ${entries[0].name}` : "Filter by a value";
    this.#element.toggleAttribute("data-many", entries.length > 1);
    this.#element.replaceChildren(...entries.map((entry) => this.#entryOf(entry)));
    this.#element.showPopover();
    this.#put(place);
    this.#buttons[0].focus();
  }

  get #buttons() {
    return [...this.#element.querySelectorAll("[data-act]")];
  }

  #put({ left, top, bottom }) {
    const { offsetWidth: width, offsetHeight: height, style } = this.#element;
    const isBelow = bottom + height + MARGIN <= innerHeight;
    style.setProperty("left", `${Math.max(MARGIN, Math.min(left, innerWidth - width - MARGIN))}px`);
    style.setProperty("top", `${Math.max(MARGIN, isBelow ? bottom : top - height)}px`);
  }

  #entryOf({ name, value }) {
    const element = templateElement("value-entry");
    const shown = value === "" ? "(empty)" : value;
    showText(element.querySelector("[data-slot=name]"), name);
    showText(element.querySelector("[data-slot=value]"), shown);
    element.ariaLabel = `${name}: ${shown}`;
    const acts = { only: () => this.#dispatch(fieldTerm(name, value)), not: () => this.#dispatch(fieldTerm(name, value, true)) };
    for (const button of element.querySelectorAll("[data-act]")) {
      const { act } = button.dataset;
      button.addEventListener("click", () => (acts[act] ? acts[act]() : copyWithFeedback(button, value)));
    }
    return element;
  }

  #dispatch(term) {
    this.#element.hidePopover();
    this.dispatchEvent(new CustomEvent("term", { detail: term }));
  }

  #closed() {
    if (this.#back?.isConnected && document.activeElement === document.body) this.#back.focus();
  }

  #pressed(event) {
    if (event.key === "Escape") this.#element.hidePopover();
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -3, ArrowDown: 3 }[event.key];
    // Escape closes the menu only, not the panel.
    if (step || event.key === "Escape") event.preventDefault();
    if (!step) return;
    const buttons = this.#buttons;
    const at = buttons.indexOf(document.activeElement);
    buttons[(at + step + buttons.length) % buttons.length].focus();
  }
}
