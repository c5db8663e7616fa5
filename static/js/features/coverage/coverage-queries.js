import { fieldTerm } from "../../core/query/format-query.js";

// The query for events of a name; null for events without one.
export function nameQuery(name) {
  return name === null ? "-name:*" : fieldTerm("name", name);
}

export function verdictQuery(name, verdict) {
  return `${nameQuery(name)} verdict:${verdict}`;
}

export function problemQuery(name, { code, path }) {
  return `${nameQuery(name)} ${fieldTerm("problem", path ? `${code}@${path}` : code)}`;
}
