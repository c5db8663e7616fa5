const MOVES = { ArrowLeft: -1, ArrowRight: 1 };

// An ARIA tab list: one tab stop, arrow keys move between tabs. Dispatches "choose" with the chosen
// tab.
export class Tabs extends EventTarget {
  #tabs;

  constructor(list) {
    super();
    this.#tabs = [...list.querySelectorAll("[role=tab]")];
    list.addEventListener("click", ({ target }) => this.#choose(target.closest("[role=tab]")));
    list.addEventListener("keydown", (event) => this.#pressed(event));
  }

  get current() {
    return this.#current.dataset.tab;
  }

  show(name) {
    for (const tab of this.#tabs) {
      const isCurrent = tab.dataset.tab === name;
      tab.ariaSelected = isCurrent;
      tab.tabIndex = isCurrent ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !isCurrent;
    }
  }

  // Moves to the next or previous tab; wraps around.
  step(step) {
    this.#choose(this.#beside(step));
  }

  get #current() {
    return this.#tabs.find((tab) => tab.ariaSelected === "true");
  }

  #beside(step) {
    const at = this.#tabs.indexOf(this.#current) + step;
    return this.#tabs.at(at % this.#tabs.length);
  }

  #pressed(event) {
    const { key } = event;
    const ends = { Home: this.#tabs[0], End: this.#tabs.at(-1) };
    const tab = key in MOVES ? this.#beside(MOVES[key]) : ends[key];
    if (!tab) return;
    event.preventDefault();
    event.stopPropagation(); // Home means the newest event elsewhere
    this.#choose(tab);
    tab.focus();
  }

  #choose(tab) {
    if (tab) this.dispatchEvent(new CustomEvent("choose", { detail: tab.dataset.tab }));
  }
}
