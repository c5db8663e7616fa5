import { elementOf, showIcon, slotsOf } from "../page/templates.js";
import { count, counted } from "../text/counts.js";
import { ICONS, basisOf } from "../text/verdicts.js";
import { showText } from "../text/visible-text.js";

function placeOf({ path, column }) {
  if (column) return `character ${count(column)}`;
  return path || "whole event";
}

export function problemItem(problem, show) {
  const item = elementOf("problem");
  const slots = slotsOf(item);
  item.dataset.severity = problem.severity;
  showIcon(slots.icon, ICONS[problem.severity]);
  slots.icon.ariaLabel = problem.severity;
  showText(slots.message, problem.message);
  showText(slots.hint, problem.hint ?? "");
  showText(slots.path, placeOf(problem));
  slots.basis.textContent = basisOf(problem);
  item.querySelector("button").addEventListener("click", () => show(problem));
  return item;
}

// "2 errors, 1 warning"
export function summaryOf(problems) {
  const errors = problems.filter((problem) => problem.severity === "error").length;
  const warnings = problems.length - errors;
  const parts = [errors && counted(errors, "error"), warnings && counted(warnings, "warning")];
  return parts.filter(Boolean).join(", ");
}
