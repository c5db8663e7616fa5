const DRAG = 4; // pixels of movement that turn a press into a drag
const REACH = { mouse: 4, pen: 8, touch: 16 }; // pixels from the pointer to the nearest bar
const STEPS = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 };

// The bar at x; if it is empty, the nearest one within reach.
export function barAt(bars, width, x, reach) {
  const at = (place) => Math.min(bars.length - 1, Math.max(0, Math.floor((place * bars.length) / width)));
  const exact = at(x);
  if (bars[exact].total) return bars[exact];
  const near = Array.from({ length: reach }, (_, n) => [at(x - n - 1), at(x + n + 1)]).flat();
  return bars[near.find((place) => bars[place].total)] ?? bars[exact];
}

// The active bar (by pointer or keyboard) and the selected range. Dispatches "change", and "choose"
// with {from, to} in milliseconds. Bars move with time; a pressed one stays.
export class RangeSelection extends EventTarget {
  bars = [];
  width = 0;
  #element;
  #x = null; // of the pointer
  #second = null; // of the bar that the keyboard selected
  #reach = REACH.mouse;
  #pressed = null; // {bar, x}
  #anchor = null; // the bar where a range begins

  constructor(element) {
    super();
    this.#element = element;
    element.addEventListener("pointerdown", (event) => this.#press(event));
    element.addEventListener("pointermove", (event) => this.#move(event));
    element.addEventListener("pointerup", (event) => this.#release(event));
    element.addEventListener("pointercancel", () => this.#leave());
    element.addEventListener("pointerleave", () => this.#pressed || this.#leave());
    element.addEventListener("keydown", (event) => this.#key(event));
    element.addEventListener("focus", () => element.matches(":focus-visible") && this.#enter());
    element.addEventListener("blur", () => this.#goTo(null));
  }

  // The active bar, or undefined.
  get bar() {
    if (!this.bars.length || !this.width) return undefined;
    if (this.#x !== null) return barAt(this.bars, this.width, this.#x, this.#pressed ? 0 : this.#reach);
    return this.#second === null ? undefined : this.bars[this.#index];
  }

  // {from, to} during a drag.
  get range() {
    return this.#anchor && this.bar ? rangeOf(this.#anchor, this.bar) : null;
  }

  get #index() {
    const { from, step } = this.bars[0];
    return Math.min(this.bars.length - 1, Math.max(0, Math.floor((this.#second - from) / step)));
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }

  #placeOf({ clientX }) {
    return clientX - this.#element.getBoundingClientRect().left;
  }

  #press(event) {
    if (event.button !== 0) return;
    this.#element.setPointerCapture(event.pointerId);
    this.#x = this.#placeOf(event);
    this.#reach = REACH[event.pointerType] ?? REACH.mouse;
    this.#pressed = { bar: this.bar, x: this.#x };
    this.#changed();
  }

  #move(event) {
    this.#x = this.#placeOf(event);
    const isDragged = this.#pressed && Math.abs(this.#x - this.#pressed.x) > DRAG;
    if (isDragged) this.#anchor ??= barAt(this.bars, this.width, this.#pressed.x, 0);
    this.#changed();
  }

  #release() {
    const bar = this.#pressed?.bar;
    const range = this.range ?? (bar?.total ? rangeOf(bar, bar) : null);
    this.#leave();
    if (range) this.#choose(range);
  }

  #leave() {
    this.#x = this.#pressed = this.#anchor = null;
    this.#changed();
  }

  #choose(range) {
    this.dispatchEvent(new CustomEvent("choose", { detail: range }));
  }

  // To the newest bar that is not empty.
  #enter() {
    this.#goTo((this.bars.findLast((bar) => bar.total) ?? this.bars.at(-1))?.from ?? null);
  }

  #goTo(second) {
    this.#second = second;
    if (second === null) this.#anchor = null;
    this.#changed();
  }

  #key(event) {
    const { bar } = this;
    if (!bar || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = this.#nextOf(event.key, bar);
    if (next) this.#walk(next, event.shiftKey ? (this.#anchor ?? bar) : null);
    else if (event.key === "Enter") this.#choose(this.range ?? rangeOf(bar, bar));
    else if (event.key === "Escape" && this.#anchor) this.#walk(bar, null);
    else return;
    event.preventDefault();
  }

  #walk(bar, anchor) {
    this.#x = null;
    this.#anchor = anchor;
    this.#goTo(bar.from);
  }

  #nextOf(key, bar) {
    const step = STEPS[key];
    const at = this.bars.indexOf(bar) + (step ?? 0);
    if (step) return this.bars[Math.min(this.bars.length - 1, Math.max(0, at))];
    return { Home: this.bars[0], End: this.bars.at(-1) }[key];
  }
}

function rangeOf(one, other) {
  const [first, last] = one.from <= other.from ? [one, other] : [other, one];
  return { from: first.from * 1000, to: (last.from + last.step) * 1000 };
}
