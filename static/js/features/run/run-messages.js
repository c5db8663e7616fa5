import { fieldTerm, formatValue } from "../../core/query/format-query.js";
import { formatCount, pluralize } from "../../core/text/format-count.js";

const WORDS = { seen: "seen", invalid: "only invalid", not_seen: "not seen yet" };

// The query for events of a run, optionally of one name.
export function runQuery(run, name = null) {
  const term = `run:${formatValue(run)}`;
  return name === null ? term : `${term} ${fieldTerm("name", name)}`;
}

export function stateWords({ state, count: many, good }) {
  if (state === "not_seen") return WORDS.not_seen;
  if (state === "invalid") return `${pluralize(many, "event")}, none of them good`;
  return good === many ? pluralize(many, "event") : `${pluralize(many, "event")}, ${formatCount(good)} of them good`;
}

export const fieldWords = ({ state }) => (state === "seen" ? "" : WORDS[state]);

export function coverageWords({ names, fields }) {
  if (!names.planned) return "";
  return `${names.seen} of ${pluralize(names.planned, "name")}, ${fields.seen} of ${pluralize(fields.planned, "field")} seen`;
}

export function differenceWords({ term, got, hint }) {
  return `${term}: got ${got ?? "nothing"}. ${hint}`.trim();
}

// Converts the form's {kind, count, query, then} to an expectation.
export function expectationFrom({ kind, count: many, query, then }) {
  if (then) return { order: [query, then], by: "user" };
  return kind === "none" ? { none: query } : { match: query, [kind]: Number(many) };
}

const kindsOf = ({ path, before, after }) => `${path}: ${before.join(" or ")} → ${after.join(" or ")}`;

// The differences of a name between two runs, one line each.
export function changeLines({ count: counts, verdicts, fields_missing = [], fields_extra = [], fields_changed = [] }) {
  const kinds = (all) => Object.keys(all).join(", ");
  return [
    ...(counts ? [`${formatCount(counts.before)} → ${pluralize(counts.after, "event")}`] : []),
    ...(verdicts ? [`${kinds(verdicts.before)} → ${kinds(verdicts.after)}`] : []),
    ...fields_missing.map((path) => `${path} is missing`),
    ...fields_extra.map((path) => `${path} is new`),
    ...fields_changed.map(kindsOf),
  ];
}
