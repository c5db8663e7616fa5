import { timeStyle } from "../../core/text/format-time.js";
import { showText } from "../../dom/show-text.js";
import { copyWithFeedback } from "../../ui/copy-button.js";
import { plainTitle } from "../detail-panel/static-view.js";
import { coverageCsv } from "./coverage-csv.js";
import { keepOrder, sortEntries } from "./coverage-order.js";
import { CoverageRow } from "./coverage-row.js";
import { coverageLead, unlistedNote } from "./coverage-summary.js";

const PAUSE = 1_000; // minimum milliseconds between two loads

// The table of event names with their verdicts; reloads while it is open and events arrive.
// Dispatches "query" on a click on a name, a count or a problem.
export class CoverageView extends EventTarget {
  #host;
  #api;
  #total = 0;
  #loadedFor = -1;
  #isOpen = false;
  #isLoading = false;
  #coverage = null;
  #entries = []; // in the order of the table
  #rows = new Map(); // name → NameRow
  #by = "count";
  #isTurned = false;

  constructor(host, api) {
    super();
    this.#host = host;
    this.#api = api;
    timeStyle.addEventListener("change", () => this.#place());
    host.addEventListener("click", ({ target }) => this.#clicked(target));
  }

  open(route, entitle) {
    entitle(plainTitle("Coverage"));
    this.#isOpen = true;
    this.#look();
  }

  close() {
    this.#isOpen = false;
  }

  // The number of received events; reloads if it changed.
  follow(total) {
    this.#total = total;
    this.#look();
  }

  async #look() {
    if (!this.#isOpen || this.#isLoading || this.#loadedFor === this.#total) return;
    this.#isLoading = true;
    await this.#load();
    await new Promise((done) => setTimeout(done, PAUSE));
    this.#isLoading = false;
    this.#look();
  }

  async #load() {
    const total = this.#total;
    try {
      this.#coverage = await this.#api.coverage();
      this.#loadedFor = total;
      this.#say("");
      this.#show();
    } catch ({ message, status }) {
      this.#say(status ? message : `${message} Trying again.`);
    }
  }

  #find(name) {
    return this.#host.querySelector(`[data-coverage-${name}]`);
  }

  #say(text) {
    this.#find("failed").textContent = text;
    this.#find("failed").hidden = !text;
  }

  #show() {
    const { names, not_seen } = this.#coverage;
    this.#find("lead").textContent = coverageLead(this.#coverage);
    this.#find("more").textContent = unlistedNote(this.#coverage);
    this.#find("table").hidden = names.length === 0;
    this.#find("copy").hidden = names.length + not_seen.length === 0;
    this.#showMissing(not_seen);
    const isRead = this.#find("table").matches(":has(tbody:is(:hover, :focus-within))");
    this.#entries = isRead ? keepOrder(names, this.#entries) : sortEntries(names, this.#by, this.#isTurned);
    this.#place();
  }

  #showMissing(names) {
    const list = this.#find("missing");
    const items = names.map((name) => {
      const item = this.#find("missing-name").content.firstElementChild.cloneNode(true);
      showText(item.querySelector("span"), name);
      return item;
    });
    if (list.childElementCount !== items.length) list.replaceChildren(...items);
    this.#find("missing-part").hidden = names.length === 0;
  }

  // Moves only misplaced rows, because moving a row takes the focus from it.
  #place() {
    const table = this.#find("table");
    const before = this.#rows;
    this.#rows = new Map(this.#entries.map(({ name }) => [name, before.get(name) ?? new CoverageRow(this.#find("row"))]));
    for (const [name, row] of before) if (!this.#rows.has(name)) row.element.remove();
    let next = table.tHead.nextElementSibling;
    for (const entry of this.#entries) {
      const row = this.#rows.get(entry.name);
      row.fill(entry);
      if (row.element === next) next = next.nextElementSibling;
      else table.insertBefore(row.element, next);
    }
  }

  #clicked(target) {
    const button = target.closest("button");
    if (button?.dataset.query) this.dispatchEvent(new CustomEvent("query", { detail: button.dataset.query }));
    else if (button?.dataset.order) this.#sort(button.dataset.order);
    else if (button && button === this.#find("copy")) copyWithFeedback(button, coverageCsv({ ...this.#coverage, names: this.#entries }));
  }

  #sort(by) {
    this.#isTurned = by === this.#by && !this.#isTurned;
    this.#by = by;
    for (const button of this.#host.querySelectorAll("[data-order]")) {
      const isDown = (button.dataset.order !== "name") !== this.#isTurned;
      const direction = isDown ? "descending" : "ascending";
      button.closest("th").ariaSort = button.dataset.order === by ? direction : "none";
    }
    this.#entries = sortEntries(this.#entries, by, this.#isTurned);
    this.#place();
  }
}
