import { slotsOf, templateElement } from "../../dom/templates.js";
import { rowKey } from "../event-log/list-rows.js";
import { fillEndRow, fillEventRow, fillGapRow, fillGroupRow } from "./fill-row.js";
import { emptyEventRow, rowCells } from "./row-template.js";

const FEW = 5; // maximum new rows per paint that are highlighted
const TIDY_EVERY = 250;

const noneOfAny = () => ({ event: [], group: [], gap: [], end: [] });

// The ARIA level in a tree of groups: 1 outside a group, 2 inside one.
function showLevel(element, level) {
  if (element.ariaLevel === (level ? String(level) : null)) return;
  element.ariaLevel = level ?? null;
}

// Reuses row elements: the element of a row that left the view is refilled without leaving the
// document, because inserting and removing costs more than filling.
export class RowPool {
  #host;
  #pattern = null; // an empty row with the current columns
  #byKey = new Map();
  #spare = noneOfAny();
  #cells = new WeakMap(); // row element → its cells by name
  #events = new WeakMap(); // row element → the event that it shows
  #tidying = 0;
  #isTidy = true;

  constructor(host) {
    this.#host = host;
  }

  // Sets other columns and discards the rows in the page.
  useColumns(names) {
    this.#pattern = emptyEventRow(names);
    this.#host.replaceChildren();
    this.#byKey.clear();
    this.#spare = noneOfAny();
  }

  // `inView` holds [row, index]; `newest` is the number above which rows are new.
  draw(inView, { rowHeight, selected, newest, gapStates }) {
    const leaving = this.#leaving(new Set(inView.map(([row]) => rowKey(row))));
    const fresh = inView.filter(([row]) => row.kind === "event" && row.seq > newest);
    for (const [row, index] of inView) {
      const element = this.#byKey.get(rowKey(row)) ?? this.#enter(row, leaving);
      element.style.transform = `translateY(${index * rowHeight}px)`;
      element.ariaRowIndex = index + 2;
      element.ariaSelected = rowKey(row) === selected;
      this.#follow(element, row, gapStates);
    }
    if (fresh.length <= FEW) fresh.forEach(([row]) => this.#lightUp(row));
    this.#putAside(leaving);
    this.#tidySoon();
  }

  // An event row changes only when the event is reloaded; other rows can change in view.
  #follow(element, row, gapStates) {
    const cells = this.#cells.get(element);
    if (row.kind === "event") {
      showLevel(element, row.level);
      if (this.#events.get(element) !== row.event) this.#fill(element, row.event);
    }
    if (row.kind === "group") fillGroupRow(element, cells, row);
    if (row.kind === "gap") fillGapRow(element, cells, row, gapStates.get(row.to));
    if (row.kind === "end") fillEndRow(cells, row);
  }

  // Refills the event rows in the page.
  refill(inView) {
    for (const [row] of inView) {
      const element = this.#byKey.get(rowKey(row));
      if (element && row.kind === "event") this.#fill(element, row.event);
    }
  }

  #fill(element, event) {
    this.#events.set(element, event);
    fillEventRow(element, this.#cells.get(element), event);
  }

  idOf(row) {
    return this.#byKey.get(rowKey(row))?.id;
  }

  #leaving(staying) {
    const leaving = noneOfAny();
    for (const [key, element] of this.#byKey) {
      if (staying.has(key)) continue;
      leaving[element.dataset.kind].push(element);
      this.#byKey.delete(key);
    }
    return leaving;
  }

  #enter(row, leaving) {
    const element = leaving[row.kind].pop() ?? this.#bring(row.kind);
    element.dataset.seq = row.seq;
    element.dataset.key = rowKey(row);
    element.id = `row-${row.kind === "event" ? row.seq : rowKey(row)}`;
    element.removeAttribute("data-fresh");
    this.#byKey.set(rowKey(row), element);
    return element;
  }

  #bring(kind) {
    const element = this.#spare[kind].pop() ?? this.#make(kind);
    this.#host.append(element);
    return element;
  }

  #make(kind) {
    const element = kind === "event" ? this.#pattern.cloneNode(true) : templateElement(`${kind}-row`);
    element.dataset.kind = kind;
    if (kind !== "event") element.firstElementChild.ariaColSpan = this.#pattern.childElementCount;
    this.#cells.set(element, kind === "event" ? rowCells(element) : slotsOf(element, "cell"));
    return element;
  }

  #lightUp(row) {
    this.#byKey.get(rowKey(row)).dataset.fresh = "";
  }

  #putAside(leaving) {
    for (const element of Object.values(leaving).flat()) {
      element.remove();
      this.#spare[element.dataset.kind].push(element);
    }
  }

  #tidySoon() {
    this.#isTidy = false;
    if (!this.#tidying) this.#tidy();
  }

  // Screen readers follow the document order. In a fast stream a few updates per second suffice.
  #tidy() {
    this.#isTidy = true;
    this.#tidying = setTimeout(() => {
      this.#tidying = 0;
      if (!this.#isTidy) this.#tidy();
    }, TIDY_EVERY);
    const order = [...this.#host.children].sort((a, b) => a.ariaRowIndex - b.ariaRowIndex);
    let next = this.#host.firstElementChild;
    for (const element of order) {
      if (element === next) next = next.nextElementSibling;
      else this.#host.insertBefore(element, next);
    }
  }
}
