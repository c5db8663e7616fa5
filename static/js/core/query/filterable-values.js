import { isContainer, parseJson } from "../json/lossless-json.js";
import { leadingProblem } from "../text/problem-severity.js";
import { formatJsonPath } from "./format-query.js";

// The values of an event that a query can filter by: {name, value}, the name as written in a query.

const MAX_VALUES = 60;
const MAX_CHARS = 500; // characters of a value; longer ones are not offered

const COLUMNS = ["verdict", "name", "account", "user", "session", "status", "delivery", "line", "size"];

const isUsable = ({ value }) => value !== null && value !== undefined && String(value).length <= MAX_CHARS;

function columnOf(event, name) {
  const value = name === "problem" ? leadingProblem(event.problems)?.code : event[name];
  return { name, value: value === undefined ? undefined : String(value ?? "") };
}

// The {name, value} of a list cell; null if it cannot be filtered by.
export function filterableCell(event, name, path) {
  if (path !== undefined) return fieldValue(event.raw, path);
  const isKnown = name === "problem" || (COLUMNS.includes(name) && event[name] !== null);
  const found = isKnown ? columnOf(event, name) : null;
  return found && isUsable(found) ? found : null;
}

function fieldValue(raw, path) {
  return leavesOf(raw ?? "").find(({ steps }) => steps.join(".") === path)?.entry ?? null;
}

function scalarText({ kind, text }) {
  return kind === "string" ? JSON.parse(text) : text;
}

const childrenOf = (node) =>
  node.kind === "object" ? node.members.map(({ name, value }) => [name, value]) : node.items.map((item, at) => [String(at), item]);

// Scalars with the names that lead to them, in the order of the text.
function leavesOf(raw) {
  const found = [];
  const stack = [[[], rootOf(raw)]];
  while (stack.length && found.length < MAX_VALUES * 10) {
    const [steps, node] = stack.pop();
    if (isContainer(node)) stack.push(...childrenOf(node).map(([step, child]) => [[...steps, step], child]).reverse());
    else if (steps.length) found.push({ steps, node, entry: { name: formatJsonPath(steps), value: scalarText(node) } });
  }
  return found;
}

function rootOf(raw) {
  try {
    return parseJson(raw);
  } catch {
    return { kind: "literal", text: "" };
  }
}

// All {name, value} of an event that can be filtered by, columns first.
export function filterableValues(event) {
  const columns = [...COLUMNS.slice(0, 5), "problem", ...COLUMNS.slice(5)].map((name) => filterableCell(event, name));
  const leaves = leavesOf(event.raw ?? "").map(({ entry }) => entry);
  return [...columns.filter(Boolean), ...leaves.filter(isUsable)].slice(0, MAX_VALUES);
}

// The names from a root to a node; null if the node is not in the tree.
export function pathToNode(root, wanted) {
  const stack = [[[], root]];
  while (stack.length) {
    const [steps, node] = stack.pop();
    if (node === wanted) return steps;
    if (isContainer(node)) stack.push(...childrenOf(node).map(([step, child]) => [[...steps, step], child]));
  }
  return null;
}

// The {name, value} of a tree node; null if it cannot be filtered by.
export function filterableNode(root, node) {
  const steps = pathToNode(root, node);
  const found = steps?.length ? { name: formatJsonPath(steps), value: scalarText(node) } : null;
  return found && isUsable(found) ? found : null;
}
