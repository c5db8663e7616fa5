import { readStorage, writeStorage } from "../../dom/safe-storage.js";

const MIN_WIDTH = 360;
const LIST_NEEDS = 340;
const STEP = 24;

// The ARIA window splitter between list and panel: moved by dragging or with the arrow keys.
export class Splitter {
  #line;
  #workspace;
  #panel;

  constructor(line, workspace, panel) {
    this.#line = line;
    this.#workspace = workspace;
    this.#panel = panel;
    line.addEventListener("pointerdown", (event) => this.#grasp(event));
    line.addEventListener("keydown", (event) => this.#pressed(event));
    const width = Number(readStorage("panel-width"));
    if (width) this.#resize(width);
    new ResizeObserver(() => this.#publishWidth()).observe(panel);
  }

  get #widest() {
    return Math.max(MIN_WIDTH, this.#workspace.clientWidth - LIST_NEEDS);
  }

  #grasp(event) {
    event.preventDefault();
    this.#line.setPointerCapture(event.pointerId);
    this.#line.dataset.state = "dragged";
    const drag = ({ clientX }) => this.#resize(this.#workspace.getBoundingClientRect().right - clientX);
    const release = () => {
      this.#line.removeEventListener("pointermove", drag);
      delete this.#line.dataset.state;
      this.#keep();
    };
    this.#line.addEventListener("pointermove", drag);
    this.#line.addEventListener("lostpointercapture", release, { once: true });
  }

  #pressed(event) {
    const widths = {
      ArrowLeft: this.#panel.offsetWidth + STEP,
      ArrowRight: this.#panel.offsetWidth - STEP,
      Home: this.#widest,
      End: MIN_WIDTH,
    };
    if (!(event.key in widths)) return;
    event.preventDefault();
    this.#resize(widths[event.key]);
    this.#keep();
  }

  #resize(wanted) {
    const width = Math.round(Math.min(this.#widest, Math.max(MIN_WIDTH, wanted)));
    this.#workspace.style.setProperty("--panel-width", `${width}px`);
  }

  #publishWidth() {
    this.#line.ariaValueMin = MIN_WIDTH;
    this.#line.ariaValueMax = this.#widest;
    this.#line.ariaValueNow = this.#panel.offsetWidth;
  }

  #keep() {
    writeStorage("panel-width", this.#panel.offsetWidth);
  }
}
