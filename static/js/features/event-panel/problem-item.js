import { lineAndColumn, unitIndex } from "../../core/text/excerpt.js";
import { formatCount, pluralize } from "../../core/text/format-count.js";
import { SEVERITY_ICONS, ruleBasis } from "../../core/text/problem-severity.js";
import { showText } from "../../dom/show-text.js";
import { showIcon, slotsOf, templateElement } from "../../dom/templates.js";

// The location of a problem in words; `raw` is the text that the column refers to.
export function problemPlace({ path, column }, raw) {
  if (!column) return path || "whole event";
  const place = lineAndColumn(raw ?? "", unitIndex(raw ?? "", column));
  if (place.line === 1) return `character ${formatCount(column)}`;
  return `line ${formatCount(place.line)}, character ${formatCount(place.column)}`;
}

// Links the code of a problem to its help entry.
export function showProblemHelp(link, { code }) {
  link.href = `/help/problems#${encodeURIComponent(code)}`;
  link.textContent = code;
}

// Renders a problem. `place` is its location; `show`, if given, scrolls to it.
export function problemItem(problem, place, show) {
  const item = templateElement("problem");
  const slots = slotsOf(item);
  item.dataset.severity = problem.severity;
  item.dataset.basis = problem.basis;
  showIcon(slots.icon, SEVERITY_ICONS[problem.severity]);
  slots.icon.ariaLabel = problem.severity;
  showText(slots.message, problem.message);
  showText(slots.hint, problem.hint ?? "");
  showText(slots.path, place);
  showProblemHelp(slots.help, problem);
  slots.basis.textContent = ruleBasis(problem);
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

// Renders a problem in compact form.
export function briefProblemItem(problem, place, show) {
  const item = problemItem(problem, place, show);
  item.querySelector(".problem").toggleAttribute("data-brief", true);
  return item;
}

// "2 errors, 1 warning"
export function problemSummary(problems) {
  const errors = problems.filter((problem) => problem.severity === "error").length;
  const warnings = problems.length - errors;
  const parts = [errors && pluralize(errors, "error"), warnings && pluralize(warnings, "warning")];
  return parts.filter(Boolean).join(", ");
}
