import { isContainer, parseJson } from "../core/json/lossless-json.js";
import { ProblemLocations } from "../core/json/problem-locations.js";
import { ExpansionState, treeRows } from "../core/json/tree-rows.js";
import { formatBytes, formatCount, pluralize } from "../core/text/format-count.js";
import { SEVERITY_ICONS } from "../core/text/problem-severity.js";
import { showText } from "../dom/show-text.js";
import { showIcon, templateElement } from "../dom/templates.js";

const LONG = 2_048;
const SHOWN_OF_LONG = 400;
const INDENTS = 16; // levels; deeper rows are not indented further

const sources = new WeakMap(); // row element → {root, node}

// The {root, node} of a tree row; undefined for rows without a value.
export const treeSourceOf = (element) => sources.get(element);

const BRACKETS = { object: ["{", "}"], array: ["[", "]"] };

function span(className, text) {
  const element = document.createElement("span");
  element.className = className;
  showText(element, text);
  return element;
}

function smallButton(text, press) {
  const button = templateElement("tree-button");
  button.textContent = text;
  button.addEventListener("click", press);
  return button;
}

function ghostParts({ name }) {
  return [span("tree-key", `"${name}"`), span("tree-missing", "missing")];
}

function worst(problems) {
  return problems.some((problem) => problem.severity === "error") ? "error" : "warning";
}

// Renders the JSON text of an event as a tree, with each problem at its field.
export class JsonTreeView {
  #root;
  #marks;
  #list;
  #unfolding = new ExpansionState();
  #unfoldedStrings = new Set();
  #places = new Map(); // problem → its row
  #folds = new Map(); // node → the button that opens it

  constructor(list, text, problems) {
    this.#root = parseJson(text);
    this.#marks = new ProblemLocations(this.#root, problems);
    this.#list = list;
    this.draw();
  }

  draw() {
    this.#places.clear();
    this.#folds.clear();
    const rows = treeRows(this.#root, this.#marks, this.#unfolding);
    this.#list.replaceChildren(...rows.flatMap((row) => this.#elementsOf(row)));
  }

  // Scrolls to the field of a problem and opens its parents.
  show(problem) {
    if (!this.#places.has(problem)) {
      for (const node of this.#marks.onTheWay) this.#unfolding.toggle(node, true);
      this.draw();
    }
    return this.#places.get(problem);
  }

  #elementsOf(row) {
    const element = templateElement("tree-row");
    const { problems = [] } = row;
    element.dataset.kind = row.kind;
    element.style.setProperty("--level", Math.min(row.level, INDENTS));
    element.querySelector(".tree-line").append(...this.#partsOf(row, element));
    if (row.kind === "scalar") sources.set(element, { root: this.#root, node: row.node });
    if (problems.length) element.dataset.severity = worst(problems);
    problems.forEach((problem) => this.#places.set(problem, element));
    return [element, ...problems.map((problem) => this.#noteOf(problem, row))];
  }

  #noteOf(problem, row) {
    const note = templateElement("tree-note");
    note.dataset.severity = problem.severity;
    note.style.setProperty("--level", Math.min(row.level, INDENTS));
    showIcon(note.querySelector("svg"), SEVERITY_ICONS[problem.severity]);
    const basis = problem.basis === "plan" ? "Tracking plan: " : "";
    showText(note.querySelector("span"), basis + problem.message);
    return note;
  }

  #partsOf(row, element) {
    const isOpenContainer = row.open && row.kind === "container";
    const comma = row.comma && !isOpenContainer ? [span("tree-mark", ",")] : [];
    if (row.kind === "ghost") return ghostParts(row);
    if (row.kind === "more") return [this.#moreButton(row)];
    if (row.kind === "close") return [span("tree-mark", BRACKETS[row.node.kind][1]), ...comma];
    const key = row.key === undefined ? [] : [span("tree-key", row.key), span("tree-mark", ": ")];
    const inside = row.isInside ? [span("tree-held", "JSON in this string")] : [];
    const value = row.kind === "scalar" ? this.#scalar(row, element) : this.#container(row, element);
    return [...inside, ...key, ...value, ...comma];
  }

  #scalar({ node, inside, open }, element) {
    const { kind, text } = node;
    const words = ["Open the JSON in this string", "Close the JSON in this string"];
    if (inside) this.#foldButton(element.querySelector(".tree-fold"), node, open, words);
    if (text.length <= LONG || this.#unfoldedStrings.has(node)) return [span(`tree-${kind}`, text)];
    const unfold = () => {
      this.#unfoldedStrings.add(node);
      this.draw();
    };
    const shown = span(`tree-${kind}`, `${text.slice(0, SHOWN_OF_LONG)}…`);
    return [shown, smallButton(`show all (${formatBytes(text.length)})`, unfold)];
  }

  #container({ node, open, isBare, size }, element) {
    const [opening, closing] = BRACKETS[node.kind];
    if (isBare) return [span("tree-mark", opening + closing)];
    this.#foldButton(element.querySelector(".tree-fold"), node, open);
    if (open) return [span("tree-mark", opening)];
    const held = node.kind === "object" ? pluralize(size, "field") : pluralize(size, "item");
    return [span("tree-mark", opening), span("tree-held", held), span("tree-mark", closing)];
  }

  #foldButton(button, node, open, words = ["Unfold", "Fold"]) {
    button.hidden = false;
    button.ariaExpanded = open;
    button.ariaLabel = button.title = words[Number(open)];
    this.#folds.set(node, button);
    button.addEventListener("click", () => {
      this.#unfolding.toggle(node, !open);
      this.draw();
      this.#folds.get(node).focus();
    });
  }

  #moreButton({ node, count: left }) {
    return smallButton(`${formatCount(left)} more`, () => {
      this.#unfolding.more(node);
      this.draw();
    });
  }
}

export function isJsonTree(text) {
  try {
    return isContainer(parseJson(text));
  } catch {
    return false;
  }
}
