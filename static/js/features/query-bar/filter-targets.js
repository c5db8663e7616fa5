import { filterableCell, filterableNode } from "../../core/query/filterable-values.js";
import { treeSourceOf } from "../../ui/json-tree-view.js";

// Finds the filterable value of an element: {anchor, entry}, or null.

function inList(target, eventOf) {
  const cell = target.closest("[role=gridcell]");
  const row = cell?.closest(".row-event");
  const event = row && eventOf(Number(row.dataset.seq));
  if (!event) return null;
  const named = cell.matches("[data-cell]") ? cell : cell.querySelector("[data-cell]");
  const { cell: name, path } = named?.dataset ?? {};
  const entry = filterableCell(event, name, path);
  return entry && { anchor: cell, entry };
}

function inTree(target) {
  const anchor = target.closest(".tree-row");
  const source = anchor && treeSourceOf(anchor);
  const entry = source && filterableNode(source.root, source.node);
  return entry && { anchor, entry };
}

function inFacts(target) {
  const fact = target.closest("[data-field]");
  return fact && { anchor: fact, entry: { name: fact.dataset.field, value: fact.dataset.value } };
}

export function filterTargetFinder(eventOf) {
  return (target) => inList(target, eventOf) ?? inTree(target) ?? inFacts(target);
}
