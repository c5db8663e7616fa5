import { jsonContextAt } from "../../core/json/json-caret.js";

const MAX_OPTIONS = 10;
const PARTS = [
  ["events", "name → JSON Schema"],
  ["required_names", "names that a run expects"],
  ["unknown_names", "allowed, warning, error"],
];
const CHOICES = {
  unknown_names: ["allowed", "warning", "error"],
  type: ["string", "number", "integer", "boolean", "object", "array", "null"],
  format: ["date-time", "date", "time", "email", "uri", "uuid", "ipv4", "ipv6", "hostname"],
  "x-severity": ["warning", "error"],
};
const KEYWORDS = [
  ["type", "string, number, object, …"],
  ["properties", "field → its schema"],
  ["required", "required fields"],
  ["additionalProperties", "false: no other fields"],
  ["enum", "one of these values"],
  ["const", "this value"],
  ["minimum", "at least this number"],
  ["maximum", "at most this number"],
  ["exclusiveMinimum", "more than this number"],
  ["exclusiveMaximum", "less than this number"],
  ["multipleOf", "a multiple of this number"],
  ["minLength", "minimum number of characters"],
  ["maxLength", "maximum number of characters"],
  ["pattern", "a regular expression"],
  ["format", "date-time, email, uri, …"],
  ["items", "the schema of each item"],
  ["minItems", "minimum number of items"],
  ["maxItems", "maximum number of items"],
  ["uniqueItems", "no duplicate items"],
  ["anyOf", "one of these schemas at least"],
  ["allOf", "all of these schemas"],
  ["oneOf", "exactly one of these schemas"],
  ["not", "not this schema"],
  ["description", "for people"],
  ["x-severity", "warning instead of error"],
];
const NAMED = ["properties", "patternProperties", "$defs"]; // their keys are names, not keywords

const optionOf = ([label, detail]) => ({ label, detail });
const plainOf = (label) => ({ label, detail: "" });

// The fields below a field, by dotted name.
function fieldsBelow(path, fields) {
  const steps = path.slice(2).filter((step, at, all) => step !== "properties" && step !== "required" && typeof step !== "number" && at < all.length);
  const before = steps.map((step) => `${step}.`).join("");
  const names = fields.filter(({ name }) => name.startsWith(before)).map(({ name }) => name.slice(before.length));
  return [...new Set(names.map((name) => name.split(".")[0]).filter(Boolean))].map(plainOf);
}

function keysFor(path, { names, fields }) {
  if (!path.length) return PARTS.map(optionOf);
  if (path[0] !== "events") return [];
  if (path.length === 1) return names.map(plainOf);
  if (NAMED.includes(path.at(-1)) && path.length > 2) return fieldsBelow(path, fields);
  return KEYWORDS.map(optionOf);
}

function valuesFor(path, { names, fields }) {
  const last = path.findLast((step) => typeof step !== "number");
  if (path[0] === "required_names") return names.map(plainOf);
  if (path[0] === "events" && last === "required") return fieldsBelow(path, fields);
  return (CHOICES[last] ?? []).map(plainOf);
}

// Completions of the string at the caret: {from, to, isKey, options}; `known` holds the names and
// fields of stored events.
export function completePlan(text, caret, known) {
  const place = jsonContextAt(text, caret);
  if (!place) return { options: [] };
  const { path, isKey, from, to, part } = place;
  const wanted = part.toLowerCase();
  const all = isKey ? keysFor(path, known) : valuesFor(path, known);
  const [first, then] = [[], []];
  for (const option of all) {
    const at = option.label.toLowerCase().indexOf(wanted);
    if (at === 0) first.push(option);
    else if (at > 0) then.push(option);
  }
  return { from, to, isKey, options: [...first, ...then].slice(0, MAX_OPTIONS) };
}
