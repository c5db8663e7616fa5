import { showIcon } from "../page/templates.js";
import { count } from "../text/counts.js";
import { ICONS, leading } from "../text/verdicts.js";

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
