import { embeddedJsonOf } from "./embedded-json.js";
import { isContainer, sizeOf } from "./lossless-json.js";

const FIRST_PART = 100; // initially shown children of a large object or array
const NEXT_PART = 500; // children added by each "more"
const AMPLE = 1_000; // rows after which nothing is opened automatically
const DEEP = 24; // levels after which nothing is opened automatically

// The nodes that the reader expanded or collapsed, and the number of shown children of each.
export class ExpansionState {
  #chosen = new Map();
  #parts = new Map();

  toggle(node, open) {
    this.#chosen.set(node, open);
  }

  isOpen(node, marks, level, rowsSoFar) {
    const chosen = this.#chosen.get(node);
    if (chosen !== undefined) return chosen;
    return marks.onTheWay.has(node) || (level < DEEP && rowsSoFar < AMPLE);
  }

  // Whether a string shows the JSON that it contains: only on request.
  isOpened(node) {
    return this.#chosen.get(node) === true;
  }

  part(node) {
    return this.#parts.get(node) ?? FIRST_PART;
  }

  more(node) {
    this.#parts.set(node, this.part(node) + NEXT_PART);
  }
}

function childrenOf(node) {
  return node.kind === "object" ? node.members : node.items.map((value) => ({ value }));
}

// The first children, those with a problem, and the counts of children omitted between them.
function shownChildren(node, marks, part) {
  const shown = [];
  let folded = 0;
  for (const [index, child] of childrenOf(node).entries()) {
    if (index >= part && !marks.within.has(child.value)) {
      folded += 1;
      continue;
    }
    if (folded) shown.push({ more: folded });
    folded = 0;
    shown.push(child);
  }
  if (folded) shown.push({ more: folded });
  return shown;
}

function ghostRows(ghosts, level, marks) {
  return ghosts.flatMap((ghost) => {
    const problems = marks.problems.get(ghost) ?? [];
    const row = { kind: "ghost", level, node: ghost, name: ghost.name, problems };
    return [row, ...ghostRows(ghost.ghosts, level + 1, marks)];
  });
}

// The pending rows of an open container, last one first, for the stack of treeRows.
function within({ value: node, level, comma }, marks, unfolding) {
  const ghosts = marks.ghosts.get(node) ?? [];
  const shown = shownChildren(node, marks, unfolding.part(node));
  const children = shown.map((child, index) => ({
    ...child,
    parent: node,
    level: level + 1,
    comma: index < shown.length - 1,
  }));
  const closing = { row: { kind: "close", level, node, comma } };
  const missing = ghostRows(ghosts, level + 1, marks).map((row) => ({ row }));
  return [closing, ...missing.reverse(), ...children.reverse()];
}

function rowOf(kind, { value: node, key, level, comma, isInside = false }, marks) {
  return { kind, node, key, level, comma, isInside, problems: marks.problems.get(node) ?? [] };
}

function moreRow({ level, parent, more }) {
  return { kind: "more", level, node: parent, count: more };
}

function containerRow(entry, marks, unfolding, rowsSoFar) {
  const { value: node, level } = entry;
  const size = sizeOf(node);
  const isBare = size === 0 && !marks.ghosts.has(node);
  const open = !isBare && unfolding.isOpen(node, marks, level, rowsSoFar);
  return { ...rowOf("container", entry, marks), size, isBare, open };
}

function scalarRow(entry, marks, unfolding) {
  const inside = embeddedJsonOf(entry.value);
  const open = inside !== null && unfolding.isOpened(entry.value);
  return { ...rowOf("scalar", entry, marks), inside, open };
}

// The content of an expanded row, for the stack of treeRows.
function opened(row, entry, marks, unfolding) {
  if (row.kind === "container") return within(entry, marks, unfolding);
  return [{ value: row.inside, level: entry.level + 1, comma: false, isInside: true }];
}

// Flattens a tree into the rows to draw, each with its level. Collapsed nodes add no rows.
export function treeRows(root, marks, unfolding) {
  const rows = [];
  const stack = [{ value: root, level: 0, comma: false }];
  while (stack.length) {
    const entry = stack.pop();
    if (entry.row) rows.push(entry.row);
    else if (entry.more) rows.push(moreRow(entry));
    else {
      const draw = isContainer(entry.value) ? containerRow : scalarRow;
      const row = draw(entry, marks, unfolding, rows.length);
      rows.push(row);
      if (row.open) stack.push(...opened(row, entry, marks, unfolding));
    }
  }
  return rows;
}
