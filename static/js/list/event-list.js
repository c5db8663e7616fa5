import { DrawnRows, keyOf } from "./drawn-rows.js";
import { indexOf } from "./rows.js";

const SPARE_ROWS = 8; // drawn above and below the view
const AT_TOP = 2; // pixels

// Draws the rows of the log that are in view; all rows are equally high. Tells by "reading" whether
// the reader left the top, by "open" which event and by "load" which gap was chosen.
export class EventList extends EventTarget {
  isReading = false;
  selected = 0;
  rows = [];
  #grid;
  #host;
  #log;
  #drawn;
  #gapStates = new Map();
  #place = null; // {seq, offset} of the row at the upper edge while reading
  #rowHeight = 0;
  #scrollTop = 0; // as last seen: to ask the grid between two changes would lay it out each time
  #height = 0;
  #newest = Infinity;
  #pressed = null;

  constructor(grid, log) {
    super();
    this.#grid = grid;
    this.#host = grid.querySelector("[data-rows]");
    this.#drawn = new DrawnRows(this.#host);
    this.#log = log;
    grid.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#host.addEventListener("pointerdown", (event) => (this.#pressed = this.#rowAt(event)));
    this.#host.addEventListener("click", (event) => this.#clicked(event));
    new ResizeObserver(() => this.#resized()).observe(grid);
  }

  paint() {
    const rows = this.#log.rows();
    this.rows = rows;
    this.#grid.ariaRowCount = rows.length + 1;
    this.#host.style.height = `${rows.length * this.#rowHeight}px`;
    if (this.#place) this.#scrollBackTo(this.#place);
    this.#draw();
    this.#newest = this.#log.ceiling;
  }

  // The number of the event at the upper edge.
  get place() {
    return this.#place?.seq ?? this.#log.ceiling;
  }

  toTop() {
    this.#grid.scrollTop = 0;
    this.#scrolled();
  }

  select(seq) {
    this.selected = seq;
    this.#draw();
  }

  // Moves the selection by rows, downwards when step is 1, and returns the row it comes to.
  step(step) {
    const at = indexOf(this.rows, this.selected);
    const next = this.selected ? at + step : Math.ceil(this.#scrollTop / this.#rowHeight);
    const row = this.rows[Math.max(0, Math.min(next, this.rows.length - 1))];
    if (row) this.reveal(row.seq);
    return row;
  }

  reveal(seq) {
    const top = indexOf(this.rows, seq) * this.#rowHeight;
    const room = this.#height - this.#host.offsetTop - this.#rowHeight;
    if (top < this.#scrollTop) this.#grid.scrollTop = top;
    else if (top > this.#scrollTop + room) this.#grid.scrollTop = top - room;
    this.select(seq);
  }

  get selectedRow() {
    const row = this.rows[indexOf(this.rows, this.selected)];
    return row?.seq === this.selected ? row : undefined;
  }

  markGap(gap, state) {
    if (state) this.#gapStates.set(gap.to, state);
    else this.#gapStates.delete(gap.to);
  }

  choose(row) {
    if (row.kind === "event") this.#tell("open", row.seq);
    else if (row.isKept) this.#tell("load", row);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  #rowAt({ target }) {
    const element = target.closest("[data-kind]");
    const key = element && element.dataset.kind + element.dataset.seq;
    return this.rows.find((row) => keyOf(row) === key);
  }

  // In a fast stream the row moves on between press and release: the press counts.
  #clicked(event) {
    const row = this.#pressed ?? this.#rowAt(event);
    this.#pressed = null;
    const isLoad = event.target.closest("[data-load]");
    if (row?.kind === "event" ? getSelection().isCollapsed : isLoad) this.choose(row);
  }

  #resized() {
    this.#rowHeight = parseFloat(getComputedStyle(this.#host).minHeight);
    this.#height = this.#grid.clientHeight;
    this.paint();
  }

  #scrolled() {
    const { scrollTop } = this.#grid;
    this.#scrollTop = scrollTop;
    const isReading = scrollTop > AT_TOP;
    const index = Math.floor(scrollTop / this.#rowHeight);
    const row = this.rows[Math.min(index, this.rows.length - 1)];
    const offset = scrollTop - index * this.#rowHeight;
    this.#place = isReading && row ? { seq: row.seq, offset } : null;
    this.#draw();
    if (isReading === this.isReading) return;
    this.isReading = isReading;
    this.#tell("reading", isReading);
  }

  #scrollBackTo({ seq, offset }) {
    const top = indexOf(this.rows, seq) * this.#rowHeight + offset;
    if (Math.abs(this.#scrollTop - top) < 1) return;
    this.#grid.scrollTop = top;
    this.#scrollTop = this.#grid.scrollTop;
  }

  #inView() {
    const first = Math.floor(this.#scrollTop / this.#rowHeight) - SPARE_ROWS;
    const length = Math.ceil(this.#height / this.#rowHeight) + 2 * SPARE_ROWS;
    const start = Math.max(0, first);
    return this.rows.slice(start, first + length).map((row, at) => [row, start + at]);
  }

  #draw() {
    if (!this.#rowHeight) return;
    this.#drawn.draw(this.#inView(), {
      rowHeight: this.#rowHeight,
      selected: this.selected,
      newest: this.#newest,
      gapStates: this.#gapStates,
    });
    this.#pointToSelected();
  }

  #pointToSelected() {
    const id = `row-${this.selected}`;
    const drawn = this.selectedRow && document.getElementById(id);
    if (drawn) this.#grid.setAttribute("aria-activedescendant", id);
    else this.#grid.removeAttribute("aria-activedescendant");
  }
}
