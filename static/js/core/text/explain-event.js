import { pluralize } from "./format-count.js";
import { ruleBasis } from "./problem-severity.js";

function listed(problem, at, { placeOf, help }) {
  const { code, severity, message, hint } = problem;
  const basis = ruleBasis(problem);
  return [
    `${at + 1}. ${severity} at ${placeOf(problem)}: ${message}`,
    hint && `   ${hint}`,
    `   ${help}#${encodeURIComponent(code)}${basis && ` (${basis})`}`,
  ].filter(Boolean);
}

// The verdict of an event and all its problems as plain text for a ticket. `placeOf` describes the
// location of a problem; `help` and `link` are absolute URLs.
export function explainEvent(event, { placeOf, help, link }) {
  const { seq, name, verdict, problems, received_at, delivery, status } = event;
  const title = `Event No. ${seq}${name ? ` “${name}”` : ""}: ${verdict}`;
  const lines = problems.flatMap((problem, at) => ["", ...listed(problem, at, { placeOf, help })]);
  return [
    `${title}, ${problems.length ? pluralize(problems.length, "problem") : "no problems"}`,
    `Received ${received_at}, delivery No. ${delivery}, answered ${status}`,
    link,
    ...lines,
  ].join("\n");
}
