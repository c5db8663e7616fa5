import { formatCount } from "../../core/text/format-count.js";
import { SEVERITY_ICONS, leadingProblem } from "../../core/text/problem-severity.js";
import { showIcon, slotsOf, templateFragment } from "../../dom/templates.js";
import { copyWithFeedback } from "../../ui/copy-button.js";
import { problemItem, problemPlace, problemSummary } from "./problem-item.js";

// All problems of an event: message, hint, basis and location.
export class ProblemsTab {
  #host;
  #goTo;

  // `goTo` scrolls to the field of a problem.
  constructor(host, goTo) {
    this.#host = host;
    this.#goTo = goTo;
  }

  show({ problems, raw }) {
    const part = templateFragment("problems-part");
    const slots = slotsOf(part);
    slots.head.textContent = problemSummary(problems);
    slots.list.append(...problems.map((problem) => problemItem(problem, problemPlace(problem, raw), this.#goTo)));
    slots.some.hidden = problems.length === 0;
    slots.none.hidden = problems.length > 0;
    slots.copy.addEventListener("click", () => copyWithFeedback(slots.copy, JSON.stringify(problems, null, 2)));
    this.#host.replaceChildren(part);
  }
}

// Shows the number of problems in the tab's label, with the icon of the highest severity.
export function showProblemCount(root, problems) {
  const worst = leadingProblem(problems);
  const icon = root.querySelector("[data-tab-icon]");
  const number = root.querySelector("[data-tab-count]");
  icon.toggleAttribute("hidden", !worst);
  number.textContent = worst ? formatCount(problems.length) : "";
  if (!worst) return;
  icon.closest("[role=tab]").dataset.severity = worst.severity;
  icon.ariaLabel = worst.severity;
  showIcon(icon, SEVERITY_ICONS[worst.severity]);
}
