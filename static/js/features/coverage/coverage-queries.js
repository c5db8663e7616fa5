import { fieldTerm } from "../../core/query/format-query.js";

// The query that finds the events of a name; null has none.
export function nameTerm(name) {
  return name === null ? "-name:*" : fieldTerm("name", name);
}

export function verdictTerms(name, verdict) {
  return `${nameTerm(name)} verdict:${verdict}`;
}

export function problemTerms(name, { code, path }) {
  return `${nameTerm(name)} ${fieldTerm("problem", path ? `${code}@${path}` : code)}`;
}
