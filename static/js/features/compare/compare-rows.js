import { isSameScalar } from "../../core/json/scalar-equality.js";
import { formatCount, pluralize } from "../../core/text/format-count.js";
import { showIcon, templateElement } from "../../dom/templates.js";
import { bracketParts, sameParts, stringParts, wholeParts } from "./compare-cells.js";

const PART = 300; // rows per batch
const INDENTS = 8;
const ICONS = { changed: "changed", left: "only-left", right: "only-right" };

function jsonTypeOf({ kind, text }) {
  if (kind !== "literal") return kind;
  return text === "null" ? "null" : "boolean";
}

// The rows of core/json/compare-json.js as a table with two sides. `names` are the titles of the
// two events.
export class CompareRows {
  #table;
  #names;
  #rows;
  #drawn = 0;
  #more = templateElement("compare-more");

  constructor(table, rows, names) {
    this.#table = table;
    this.#rows = rows;
    this.#names = names;
    this.#more.querySelector("button").addEventListener("click", () => this.#drawMore());
    this.#drawMore();
  }

  // The rendered rows that differ.
  get differing() {
    return [...this.#table.querySelectorAll("[data-differs]")];
  }

  // Renders more rows until another one differs; false if there is none.
  drawToNext() {
    const before = this.differing.length;
    while (this.#drawn < this.#rows.length && this.differing.length === before) this.#drawMore();
    return this.differing.length > before;
  }

  #drawMore() {
    const part = this.#rows.slice(this.#drawn, this.#drawn + PART);
    this.#drawn += part.length;
    this.#more.remove();
    this.#table.append(...part.map((row) => this.#elementOf(row)));
    const left = this.#rows.length - this.#drawn;
    this.#more.querySelector("button").textContent = `${formatCount(left)} more`;
    if (left) this.#table.append(this.#more);
  }

  #elementOf(row) {
    if (row.kind === "fold") return this.#foldOf(row);
    const element = templateElement("compare-row");
    element.dataset.kind = row.kind;
    element.style.setProperty("--level", Math.min(row.level, INDENTS));
    const cells = ["left", "right"].map((side) => element.querySelector(`[data-side=${side}]`));
    this.#sides(row).forEach((parts, at) => cells[at].append(...parts));
    cells.forEach((cell, at) => (cell.dataset.name = this.#names[at]));
    if (row.kind in ICONS) this.#mark(element, row);
    return element;
  }

  #sides({ kind, key, left, right, node }) {
    if (kind === "same") return [sameParts(key, left), sameParts(key, right)];
    if (kind === "open" || kind === "close") return [left, right].map((side) => bracketParts(key, side, kind === "close"));
    if (kind === "left") return [wholeParts(key, node), this.#absent(1)];
    if (kind === "right") return [this.#absent(0), wholeParts(key, node)];
    if (left.kind === "string" && right.kind === "string") return stringParts(key, left, right);
    return [wholeParts(key, left), wholeParts(key, right)];
  }

  #absent(side) {
    const element = templateElement("compare-absent");
    element.textContent = `not in ${this.#names[side]}`;
    return [element];
  }

  #mark(element, row) {
    const icon = element.querySelector("svg");
    element.dataset.differs = "";
    icon.toggleAttribute("hidden", false);
    showIcon(icon, ICONS[row.kind]);
    icon.ariaLabel = this.#wordOf(row);
    const note = row.kind === "changed" ? this.#noteOf(row) : "";
    if (!note) return;
    element.querySelector(".compare-note").hidden = false;
    element.querySelector(".compare-note").textContent = note;
  }

  #wordOf({ kind }) {
    return kind === "changed" ? "changed" : `only in ${this.#names[Number(kind === "right")]}`;
  }

  // Differences that are easy to overlook.
  #noteOf({ left, right }) {
    const [before, after] = [jsonTypeOf(left), jsonTypeOf(right)];
    if (before !== after) return `${before} in ${this.#names[0]}, ${after} in ${this.#names[1]}`;
    return isSameScalar(left, right) ? "the same value, written differently" : "";
  }

  #foldOf({ rows, of, level }) {
    const fold = templateElement("compare-fold");
    const button = fold.querySelector("button");
    fold.style.setProperty("--level", Math.min(level, INDENTS));
    button.querySelector("span").textContent = `${pluralize(rows.length, `equal ${of === "object" ? "field" : "item"}`)}`;
    button.addEventListener("click", () => this.#unfold(fold, rows));
    return fold;
  }

  // Expanded in place, up to a readable number of rows; the rest stays folded.
  #unfold(fold, rows) {
    const opened = rows.slice(0, PART).map((row) => this.#elementOf(row));
    const left = rows.slice(PART);
    const rest = left.length ? [this.#foldOf({ rows: left, of: rows[0].key === undefined ? "array" : "object", level: rows[0].level })] : [];
    fold.replaceWith(...opened, ...rest);
    opened[0].tabIndex = -1;
    opened[0].focus();
  }
}
