import { rowIndexOf, rowKey } from "../event-log/list-rows.js";
import { RowPool } from "./row-pool.js";
import { VirtualScroller } from "./virtual-scroller.js";

const SPARE_ROWS = 8; // rows drawn outside the view while scrolling
const FEW_SPARE_ROWS = 2; // and at the top, where new rows come in

// A virtual list of the rows in view. Dispatches "reading" when the reader leaves or reaches the
// top, "open", "toggle" and "load" with the chosen event, group or gap, and "painted" after each
// paint.
export class EventList extends EventTarget {
  isReading = false;
  rows = [];
  #grid;
  #host;
  #log;
  #grouping;
  #drawn;
  #scroller;
  #selected = ""; // the key of a row
  #gapStates = new Map();
  #place = null; // {row, offset} of the first event in view while reading
  #newest = Infinity;
  #pressed = null;

  constructor(grid, log, grouping) {
    super();
    this.#grouping = grouping;
    this.#grid = grid;
    this.#host = grid.querySelector("[data-rows]");
    this.#drawn = new RowPool(this.#host);
    this.#log = log;
    this.#host.addEventListener("pointerdown", (event) => (this.#pressed = this.#rowAt(event)));
    this.#host.addEventListener("click", (event) => this.#clicked(event));
    const [scrolled, resized] = [() => this.#scrolled(), () => this.paint()];
    this.#scroller = new VirtualScroller(grid, this.#host, { scrolled, resized });
  }

  showColumns(names) {
    this.#drawn.useColumns(names);
    this.#draw();
  }

  paint() {
    this.rows = this.#grouping.rows(this.#log.rows());
    this.#grid.role = this.#grouping.isOn ? "treegrid" : "grid";
    this.#grid.ariaRowCount = this.rows.length + 1;
    this.#scroller.makeRoomFor(this.rows.length);
    if (this.#place) this.#scroller.goTo(this.#indexOf(this.#place.row), this.#place.offset);
    this.#draw();
    this.#newest = this.#log.ceiling;
  }

  // Missing values were loaded.
  refill() {
    this.#drawn.refill(this.#inView());
  }

  // The number of the first event in view.
  get place() {
    return this.#place?.row.seq ?? this.#log.ceiling;
  }

  // The rows in view, with `more` above and below.
  near(more) {
    const [first, end] = this.#scroller.range;
    return this.rows.slice(Math.max(0, first - more), end + more);
  }

  // Whether a row is above the first event in view.
  isAbove(row) {
    return this.#place !== null && this.rows.indexOf(row) < this.#indexOf(this.#place.row);
  }

  toTop() {
    this.#scroller.toTop();
    this.#read(false);
  }

  select(seq) {
    this.#selected = `event${seq}`;
    this.#draw();
  }

  // Moves the selection down if `step` is 1, else up, and returns the row there. The end mark is
  // returned, but not selected.
  step(step) {
    const row = this.selectedRow;
    const next = row ? this.rows.indexOf(row) + step : Math.ceil(this.#scroller.offsetFrom(0) / this.#scroller.rowHeight);
    const chosen = this.rows[Math.max(0, Math.min(next, this.rows.length - 1))];
    if (chosen && chosen.kind !== "end") this.#go(chosen);
    return chosen;
  }

  reveal(seq) {
    const row = this.rows[rowIndexOf(this.rows, seq)];
    if (row) this.#go(row);
  }

  get selectedRow() {
    return this.rows.find((row) => rowKey(row) === this.#selected);
  }

  stateOf(gap) {
    return this.#gapStates.get(gap.to);
  }

  markGap(gap, state) {
    if (state) this.#gapStates.set(gap.to, state);
    else this.#gapStates.delete(gap.to);
  }

  choose(row) {
    if (row.kind === "event") this.#dispatch("open", row.seq);
    else if (row.kind === "group") this.#toggle(row);
    else if (row.isKept) this.#dispatch("load", row);
  }

  #toggle(group) {
    this.#selected = rowKey(group);
    this.#dispatch("toggle", group);
    this.paint();
  }

  #go(row) {
    this.#scroller.show(this.#indexOf(row));
    this.#selected = rowKey(row);
    this.#draw();
  }

  #dispatch(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  // The selected group, or the group of the selected row.
  get selectedGroup() {
    const row = this.selectedRow;
    if (row?.kind !== "event" || row.level !== 2) return row?.kind === "group" ? row : undefined;
    return this.rows.find(({ members }) => members?.includes(row.event));
  }

  // The index of a row, or of the row that contains its number.
  #indexOf(row) {
    const key = rowKey(row);
    const at = this.rows.findIndex((other) => rowKey(other) === key);
    return at < 0 ? rowIndexOf(this.rows, row.seq) : at;
  }

  #rowAt({ target }) {
    const key = target.closest("[data-kind]")?.dataset.key;
    return this.rows.find((row) => rowKey(row) === key);
  }

  // In a fast stream rows move between press and release: the pressed row counts.
  #clicked(event) {
    const row = this.#pressed ?? this.#rowAt(event);
    this.#pressed = null;
    const isLoad = event.target.closest("[data-load]");
    const isChosen = row?.kind === "event" ? getSelection().isCollapsed : isLoad || row?.kind === "group";
    if (isChosen) this.choose(row);
  }

  // A reader who scrolls up to an unloaded gap is still reading.
  #scrolled() {
    const isBelowGap = this.isReading && this.rows[0]?.kind === "gap";
    this.#read(this.#scroller.isScrolled || isBelowGap);
  }

  #read(isReading) {
    this.#place = isReading ? this.#findPlace() : null;
    this.#draw();
    if (isReading === this.isReading) return;
    this.isReading = isReading;
    this.#dispatch("reading", isReading);
  }

  // Prefers events and groups, because gaps change when they load.
  #findPlace() {
    const [first, end] = this.#scroller.range;
    const inView = this.rows.slice(first, end);
    const row = inView.find(({ kind }) => kind === "event" || kind === "group") ?? inView[0] ?? this.rows.at(-1);
    return row ? { row, offset: this.#scroller.offsetFrom(this.rows.indexOf(row)) } : null;
  }

  #inView() {
    const [first, end] = this.#scroller.range;
    const spare = this.isReading ? SPARE_ROWS : FEW_SPARE_ROWS;
    const start = Math.max(0, first - spare);
    return this.rows.slice(start, end + spare).map((row, at) => [row, start + at]);
  }

  #draw() {
    const { rowHeight } = this.#scroller;
    if (!rowHeight) return;
    this.#drawn.draw(this.#inView(), {
      rowHeight,
      selected: this.#selected,
      newest: this.#newest,
      gapStates: this.#gapStates,
    });
    this.#pointToSelected();
    this.#dispatch("painted");
  }

  #pointToSelected() {
    const row = this.#selected && this.selectedRow;
    const id = row && this.#drawn.idOf(row);
    if (id) this.#grid.setAttribute("aria-activedescendant", id);
    else this.#grid.removeAttribute("aria-activedescendant");
  }
}
