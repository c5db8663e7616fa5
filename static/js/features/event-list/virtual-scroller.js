const AT_TOP = 2; // pixels

// Scroll position and visible range of a grid with rows of equal height. Caches both, because
// reading them from the grid between two changes forces a layout.
export class VirtualScroller {
  rowHeight = 0;
  #grid;
  #host;
  #top = 0;
  #height = 0;

  constructor(grid, host, { scrolled, resized }) {
    this.#grid = grid;
    this.#host = host;
    grid.addEventListener("scroll", () => this.#look(scrolled), { passive: true });
    new ResizeObserver(() => this.#measure(resized)).observe(grid);
  }

  // Whether the reader scrolled away from the top.
  get isScrolled() {
    return this.#top > AT_TOP;
  }

  // Indexes of the first visible row and the one after the last.
  get range() {
    if (!this.rowHeight) return [0, 0];
    const first = Math.floor(this.#top / this.rowHeight);
    return [first, first + Math.ceil(this.#height / this.rowHeight) + 1];
  }

  // Distance of the view from a row's upper edge.
  offsetFrom(index) {
    return this.#top - index * this.rowHeight;
  }

  makeRoomFor(count) {
    this.#host.style.height = `${count * this.rowHeight}px`;
  }

  // Scrolls to this distance from a row's upper edge.
  goTo(index, offset = 0) {
    const top = index * this.rowHeight + offset;
    if (Math.abs(this.#top - top) < 1) return;
    this.#grid.scrollTop = top;
    this.#top = this.#grid.scrollTop;
  }

  // Scrolls only as far as necessary to show the row.
  show(index) {
    const top = index * this.rowHeight;
    const room = this.#height - this.#host.offsetTop - this.rowHeight;
    if (top < this.#top) this.#grid.scrollTop = top;
    else if (top > this.#top + room) this.#grid.scrollTop = top - room;
  }

  toTop() {
    this.#grid.scrollTop = 0;
    this.#top = 0;
  }

  #look(scrolled) {
    this.#top = this.#grid.scrollTop;
    scrolled();
  }

  #measure(resized) {
    this.rowHeight = parseFloat(getComputedStyle(this.#host).minHeight);
    this.#height = this.#grid.clientHeight;
    resized();
  }
}
