import { templateElement } from "../../dom/templates.js";

const DWELL = 120; // milliseconds of hover before the button shows

// A button at the value under the pointer. `find` returns the {anchor, entry} of an element, or
// null. Dispatches "open" with {entry, place}.
export class ValueButton extends EventTarget {
  #button = templateElement("value-tool");
  #find;
  #timer = 0;
  #found = null;

  constructor(area, find) {
    super();
    this.#find = find;
    this.#button.hidden = true;
    this.#button.tabIndex = -1; // keyboard users press f
    document.querySelector("main").append(this.#button);
    this.#listen(area);
  }

  #listen(area) {
    area.addEventListener("pointerover", (event) => this.#over(event));
    area.addEventListener("click", (event) => this.#touched(event));
    area.addEventListener("pointerleave", ({ relatedTarget, pointerType }) => {
      if (pointerType !== "touch" && !this.#button.contains(relatedTarget)) this.#hide();
    });
    area.addEventListener("scroll", () => this.#scrolled(), { passive: true, capture: true });
    this.#button.addEventListener("pointerleave", ({ relatedTarget, pointerType }) => {
      if (pointerType !== "touch" && !area.contains(relatedTarget)) this.#hide();
    });
    this.#button.addEventListener("click", () => this.#open());
  }

  // Touch has no hover: a tap shows the button, but in the list it opens the row.
  #touched({ target, pointerType }) {
    const found = pointerType === "touch" && !target.closest("[role=grid]") ? this.#find(target) : null;
    if (!found) return;
    this.#found = found;
    this.#show();
  }

  #over({ target, pointerType }) {
    if (pointerType === "touch") return;
    const found = this.#find(target);
    if (found?.anchor === this.#found?.anchor) return;
    this.#hide();
    if (!found) return;
    this.#found = found;
    this.#timer = setTimeout(() => this.#show(), DWELL);
  }

  // Content can move under the pointer; looks again when it has settled.
  #scrolled() {
    const { anchor } = this.#found ?? {};
    this.#hide();
    if (!anchor) return;
    this.#timer = setTimeout(() => {
      this.#found = anchor.matches(":hover") ? this.#find(anchor) : null;
      if (this.#found) this.#show();
    }, DWELL);
  }

  #show() {
    const { anchor, entry } = this.#found;
    const box = anchor.getBoundingClientRect();
    if (!anchor.isConnected || box.width === 0) return this.#hide();
    this.#button.ariaLabel = `Filter by ${entry.name}: ${entry.value}`;
    this.#button.hidden = false;
    const { offsetWidth: width, offsetHeight: height, style } = this.#button;
    style.setProperty("left", `${Math.min(box.right, innerWidth - 8) - width}px`);
    style.setProperty("top", `${box.top + Math.min(box.height, 34) / 2 - height / 2}px`);
  }

  #hide() {
    clearTimeout(this.#timer);
    this.#found = null;
    this.#button.hidden = true;
  }

  #open() {
    const { entry } = this.#found;
    const place = this.#button.getBoundingClientRect();
    this.#hide();
    this.dispatchEvent(new CustomEvent("open", { detail: { entry, place } }));
  }
}
