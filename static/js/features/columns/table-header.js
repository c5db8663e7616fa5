import { showText } from "../../dom/show-text.js";
import { slotsOf, templateElement } from "../../dom/templates.js";
import { columnLabel, gridTracks, minimumWidth } from "./columns.js";

function headOf(name) {
  const head = templateElement("column-head");
  head.dataset.column = name;
  head.title = columnLabel(name);
  showText(slotsOf(head).label, columnLabel(name));
  return head;
}

// The header of the icon that comes first if the verdict is not a column.
function markHead() {
  const head = templateElement("column-head");
  head.querySelector("[data-edge]").remove();
  const { label } = slotsOf(head);
  label.className = "visually-hidden";
  label.textContent = "Verdict";
  return head;
}

// The header row: drag an edge to resize a column, double-click to reset it. The columns menu does
// the same by keyboard.
export class TableHeader {
  #grid;
  #row;
  #choice;

  constructor(grid, choice) {
    this.#grid = grid;
    this.#row = grid.querySelector("[data-head]");
    this.#choice = choice;
    this.#row.addEventListener("pointerdown", (event) => this.#grasp(event));
    this.#row.addEventListener("dblclick", (event) => this.#release(event));
    choice.addEventListener("widths", () => this.#measure());
  }

  paint() {
    const { names, isUsual } = this.#choice;
    const mark = names.includes("verdict") ? [] : [markHead()];
    this.#row.replaceChildren(...mark, ...names.map(headOf));
    this.#grid.ariaColCount = mark.length + names.length;
    this.#grid.toggleAttribute("data-usual", isUsual);
    this.#measure();
  }

  #measure() {
    const { names, widths, isUsual } = this.#choice;
    this.#grid.toggleAttribute("data-usual", isUsual);
    this.#grid.style.setProperty("--tracks", gridTracks(names, widths));
    this.#grid.style.setProperty("--least-width", minimumWidth(names, widths));
  }

  #grasp(event) {
    const edge = event.target.closest("[data-edge]");
    if (!edge || event.button) return;
    event.preventDefault();
    const head = edge.parentElement;
    const before = head.offsetWidth - event.clientX;
    const drag = ({ clientX }) => this.#choice.draw(head.dataset.column, before + clientX);
    edge.setPointerCapture(event.pointerId);
    edge.addEventListener("pointermove", drag);
    edge.addEventListener("lostpointercapture", () => edge.removeEventListener("pointermove", drag), { once: true });
  }

  #release({ target }) {
    if (target.closest("[data-edge]")) this.#choice.draw(target.parentElement.dataset.column, null);
  }
}
