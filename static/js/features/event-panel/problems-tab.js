import { copyBy } from "../../ui/copy-button.js";
import { cloneOf, slotsOf } from "../../dom/templates.js";
import { placeOf, problemItem, summaryOf } from "./problem-item.js";

// All problems of an event: what, how to mend it, who says so, where.
export class ProblemsPart {
  #host;
  #goTo;

  // `goTo` shows a problem at its place.
  constructor(host, goTo) {
    this.#host = host;
    this.#goTo = goTo;
  }

  show({ problems, raw }) {
    const part = cloneOf("problems-part");
    const slots = slotsOf(part);
    slots.head.textContent = summaryOf(problems);
    slots.list.append(...problems.map((problem) => problemItem(problem, placeOf(problem, raw), this.#goTo)));
    slots.some.hidden = problems.length === 0;
    slots.none.hidden = problems.length > 0;
    slots.copy.addEventListener("click", () => copyBy(slots.copy, JSON.stringify(problems, null, 2)));
    this.#host.replaceChildren(part);
  }
}
