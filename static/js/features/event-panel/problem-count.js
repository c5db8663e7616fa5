import { showIcon } from "../../dom/templates.js";
import { count } from "../../core/text/format-count.js";
import { ICONS, leading } from "../../core/text/problem-severity.js";

// The tab says how many problems there are and how bad the worst is.
export function showProblemsTab(root, problems) {
  const worst = leading(problems);
  const icon = root.querySelector("[data-tab-icon]");
  const number = root.querySelector("[data-tab-count]");
  icon.toggleAttribute("hidden", !worst);
  number.textContent = worst ? count(problems.length) : "";
  if (!worst) return;
  icon.closest("[role=tab]").dataset.severity = worst.severity;
  icon.ariaLabel = worst.severity;
  showIcon(icon, ICONS[worst.severity]);
}
