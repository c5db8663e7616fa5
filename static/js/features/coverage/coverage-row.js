import { formatCount } from "../../core/text/format-count.js";
import { formatClock, formatDay, formatMoment, isToday } from "../../core/text/format-time.js";
import { showText } from "../../dom/show-text.js";
import { slotsOf } from "../../dom/templates.js";
import { faultsOf } from "./coverage-order.js";
import { nameQuery, problemQuery, verdictQuery } from "./coverage-queries.js";

const SHOWN_NAMES = new Map([[null, "no name"]]);

function put(element, text) {
  if (element.dataset.text === text) return;
  element.dataset.text = text;
  showText(element, text);
}

const when = (iso) => (isToday(iso) ? formatClock(iso).slice(0, 8) : formatDay(iso));

// The row of one event name: counts, shares, verdicts and problems. Updated in place to keep focus
// and scroll position.
export class CoverageRow {
  element;
  #slots;
  #verdicts;
  #shares;
  #problems = new Map();
  #problemTemplate;

  constructor(template) {
    this.element = template.content.firstElementChild.cloneNode(true);
    this.#slots = slotsOf(this.element);
    this.#verdicts = [...this.element.querySelectorAll("[data-count]")];
    this.#shares = [...this.element.querySelectorAll("[data-share]")];
    this.#problemTemplate = this.#slots.problems.querySelector("template");
  }

  fill(entry) {
    const { name, problems } = entry;
    this.#fillHead(entry);
    for (const share of this.#shares) this.#fillShare(share, entry[share.dataset.share]);
    for (const button of this.#verdicts) this.#fillVerdict(button, entry);
    for (const problem of problems) this.#fillProblem(name, problem);
    this.#slots.problems.hidden = problems.length === 0;
  }

  #fillHead(entry) {
    const { name, first_seen, last_seen } = entry;
    const slots = this.#slots;
    put(slots.name, SHOWN_NAMES.get(name) ?? name);
    slots.name.dataset.query = nameQuery(name);
    slots.name.disabled = entry.is_rest;
    slots.known.hidden = !entry.is_known;
    slots.never.hidden = entry.count > faultsOf(entry);
    put(slots.count, formatCount(entry.count));
    put(slots.faults, formatCount(faultsOf(entry)));
    slots.faults.toggleAttribute("data-none", faultsOf(entry) === 0);
    put(slots.last, when(last_seen));
    slots.last.dateTime = last_seen;
    slots.last.title = `Last seen ${formatMoment(last_seen)}`;
    put(slots.first, `since ${when(first_seen)}`);
    slots.first.title = `First seen ${formatMoment(first_seen)}`;
  }

  #fillShare(share, value) {
    share.hidden = value === 0;
    share.style.flexGrow = value;
  }

  #fillVerdict(button, entry) {
    const { count: verdict } = button.dataset;
    button.hidden = entry[verdict] === 0;
    button.disabled = entry.is_rest;
    button.dataset.query = verdictQuery(entry.name, verdict);
    const word = verdict === "warning" && entry[verdict] !== 1 ? "warnings" : verdict;
    put(button.querySelector("span"), `${formatCount(entry[verdict])} ${word}`);
  }

  #fillProblem(name, problem) {
    const key = `${problem.code} ${problem.path}`;
    let item = this.#problems.get(key);
    if (!item) {
      item = this.#problemTemplate.content.firstElementChild.cloneNode(true);
      this.#problems.set(key, item);
      this.#slots.problems.append(item);
    }
    const { code, path, times } = slotsOf(item);
    put(code, problem.code);
    put(path, problem.path);
    put(times, `×${formatCount(problem.count)}`);
    const button = item.querySelector("button");
    button.title = problem.message;
    button.dataset.query = problemQuery(name, problem);
  }
}
