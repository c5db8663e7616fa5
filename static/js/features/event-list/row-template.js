import { templateElement } from "../../dom/templates.js";
import { columnLabel, columnPath, isPathColumn } from "../columns/columns.js";

const OWN = ["verdict", "seq", "time", "occurred", "name", "problem"]; // have their own template

function plainCell(name) {
  const cell = templateElement("cell");
  cell.dataset.cell = name;
  cell.dataset.label = columnLabel(name).split(".").at(-1);
  if (isPathColumn(name)) cell.dataset.path = columnPath(name);
  else cell.classList.add(`cell-${name}`);
  return cell;
}

const cellFor = (name) => (OWN.includes(name) ? templateElement(`cell-${name}`) : plainCell(name));

// Without a verdict column the icon shows the verdict, and its word is for screen readers.
function verdictMark() {
  const mark = templateElement("cell-verdict");
  mark.classList.add("verdict-mark");
  mark.querySelector(".verdict-word").className = "visually-hidden";
  return mark;
}

// An empty row with the columns, to be cloned.
export function emptyEventRow(names) {
  const row = templateElement("event-row");
  if (!names.includes("verdict")) row.append(verdictMark());
  row.append(...names.map(cellFor));
  row.toggleAttribute("data-shows-problem", names.includes("problem"));
  return row;
}

// The cells that fillEventRow() fills: by name, and those of dotted paths by path.
export function rowCells(row) {
  const own = [...row.querySelectorAll("[data-cell]:not([data-path])")];
  const paths = [...row.querySelectorAll("[data-path]")];
  return {
    ...Object.fromEntries(own.map((cell) => [cell.dataset.cell, cell])),
    paths: paths.map((cell) => [cell.dataset.path, cell]),
  };
}
