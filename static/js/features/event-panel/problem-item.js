import { elementOf, showIcon, slotsOf } from "../../dom/templates.js";
import { lineAndColumn, unitIndex } from "../../core/text/excerpt.js";
import { count, counted } from "../../core/text/format-count.js";
import { ICONS, basisOf } from "../../core/text/problem-severity.js";
import { showText } from "../../dom/show-text.js";

// In words; `raw` is the text that a column counts in.
export function placeOf({ path, column }, raw) {
  if (!column) return path || "whole event";
  const place = lineAndColumn(raw ?? "", unitIndex(raw ?? "", column));
  if (place.line === 1) return `character ${count(column)}`;
  return `line ${count(place.line)}, character ${count(place.column)}`;
}

// The entry of its code among all that are explained.
export function showHelp(link, { code }) {
  link.href = `/help/problems#${encodeURIComponent(code)}`;
  link.textContent = code;
}

// `place` tells in words where it is, `show` goes there, if one can.
export function problemItem(problem, place, show) {
  const item = elementOf("problem");
  const slots = slotsOf(item);
  item.dataset.severity = problem.severity;
  showIcon(slots.icon, ICONS[problem.severity]);
  slots.icon.ariaLabel = problem.severity;
  showText(slots.message, problem.message);
  showText(slots.hint, problem.hint ?? "");
  showText(slots.path, place);
  showHelp(slots.help, problem);
  slots.basis.textContent = basisOf(problem);
  lead(item, problem, show);
  return item;
}

function lead(item, problem, show) {
  item.querySelector(".problem-place").disabled = !show;
  item.querySelector(".problem").toggleAttribute("data-leads", Boolean(show));
  item.querySelector(".problem").addEventListener("click", ({ target }) => {
    if (!target.closest("a")) show?.(problem);
  });
}

// What is wrong, how to mend it and where, in as little room as that needs.
export function briefItem(problem, place, show) {
  const item = problemItem(problem, place, show);
  item.querySelector(".problem").toggleAttribute("data-brief", true);
  return item;
}

// "2 errors, 1 warning"
export function summaryOf(problems) {
  const errors = problems.filter((problem) => problem.severity === "error").length;
  const warnings = problems.length - errors;
  const parts = [errors && counted(errors, "error"), warnings && counted(warnings, "warning")];
  return parts.filter(Boolean).join(", ");
}
