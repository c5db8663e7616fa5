import { elementOf } from "../../dom/templates.js";
import { isPath, labelOf, pathOf } from "../columns/columns.js";

const OWN = ["verdict", "seq", "time", "occurred", "name", "problem"]; // have a template of their own

function plainCell(name) {
  const cell = elementOf("cell");
  cell.dataset.cell = name;
  cell.dataset.label = labelOf(name).split(".").at(-1);
  if (isPath(name)) cell.dataset.path = pathOf(name);
  else cell.classList.add(`cell-${name}`);
  return cell;
}

const cellFor = (name) => (OWN.includes(name) ? elementOf(`cell-${name}`) : plainCell(name));

// Without its column the verdict is the row's icon alone; its word is for those who do not see it.
function verdictMark() {
  const mark = elementOf("cell-verdict");
  mark.classList.add("verdict-mark");
  mark.querySelector(".verdict-word").className = "visually-hidden";
  return mark;
}

// An empty row of the columns, to be cloned.
export function rowOf(names) {
  const row = elementOf("event-row");
  if (!names.includes("verdict")) row.append(verdictMark());
  row.append(...names.map(cellFor));
  row.toggleAttribute("data-tells", names.includes("problem"));
  return row;
}

// What fillEvent writes into: cells by name, and those of dotted paths by path.
export function cellsOf(row) {
  const own = [...row.querySelectorAll("[data-cell]:not([data-path])")];
  const paths = [...row.querySelectorAll("[data-path]")];
  return {
    ...Object.fromEntries(own.map((cell) => [cell.dataset.cell, cell])),
    paths: paths.map((cell) => [cell.dataset.path, cell]),
  };
}
