import { formatCount, pluralize } from "../../core/text/format-count.js";
import { formatMoment } from "../../core/text/format-time.js";
import { showText } from "../../dom/show-text.js";
import { showIcon, slotsOf, templateElement } from "../../dom/templates.js";
import { throttle } from "../../dom/throttle.js";
import { STEP_WORDS, checklistSteps } from "./checklist-steps.js";

const PACE = 1_000;
const LOOK = 5_000; // while nothing came: an unmatched request is not announced here
const ICONS = { open: "open", done: "valid", failed: "invalid" };

// Shows the checklist in several places. Asks the server when something came, and only while one of them is
// visible. Dispatches "answer".
export class Checklist extends EventTarget {
  answer = null;
  #roots;
  #api;
  #feed;
  #isStale = true;
  #painted = "";
  #ask = throttle(PACE, () => this.#askIfSeen()); // to look costs a layout

  constructor(roots, api, feed) {
    super();
    this.#roots = roots;
    this.#api = api;
    this.#feed = feed;
    feed.addEventListener("events", () => this.#follow());
    feed.addEventListener("state", () => this.#paint());
    document.addEventListener("visibilitychange", () => this.#ask());
    const seen = new IntersectionObserver(() => this.#ask());
    for (const root of roots) seen.observe(root);
    setInterval(() => this.#awaitsFirst && this.#follow(), LOOK);
    this.#paint();
  }

  get #awaitsFirst() {
    return this.#feed.state === "live" && this.answer?.request === null;
  }

  #follow() {
    this.#isStale = true;
    this.#ask();
  }

  #askIfSeen() {
    if (!this.#isStale || document.hidden) return;
    if (this.#roots.some((root) => root.checkVisibility())) this.#load();
  }

  async #load() {
    this.#isStale = false;
    try {
      this.answer = await this.#api.checklist();
      this.#paint();
      this.dispatchEvent(new Event("answer"));
    } catch {
      this.#isStale = true; // the feed says why, and comes back
    }
  }

  #paint() {
    const steps = checklistSteps(this.#feed.state, this.answer);
    const shown = JSON.stringify([steps, this.answer]);
    if (shown === this.#painted) return; // links keep the focus
    this.#painted = shown;
    for (const root of this.#roots) paintOne(root, steps, this.answer);
  }
}

function paintOne(root, steps, answer) {
  const find = (name) => root.querySelector(`[data-checklist-${name}]`);
  find("steps").replaceChildren(...steps.map(itemOf));
  const { disabled, request, unmatched = 0 } = answer ?? {};
  find("disabled").hidden = !disabled;
  if (disabled) find("disabled").lastElementChild.textContent = `${disabled.message} ${disabled.hint}`;
  showText(find("request"), request ? requestWords(request) : "");
  find("unmatched").hidden = unmatched === 0;
  const words = `${pluralize(unmatched, "request")} with unknown keys arrived lately.`;
  slotsOf(find("unmatched")).words.textContent = words;
}

function itemOf(step) {
  const item = templateElement("checklist-step");
  const { icon, title, word, message, hint, link } = slotsOf(item);
  item.dataset.state = step.state;
  showIcon(icon, ICONS[step.state]);
  title.textContent = step.title;
  word.textContent = `: ${STEP_WORDS[step.state]}`;
  showText(message, step.message);
  showText(hint, step.hint);
  if (step.seq) lead(link, step.seq);
  else link.remove();
  return item;
}

function lead(link, seq) {
  link.href = `#event-${seq}`;
  link.textContent = `Event No. ${formatCount(seq)}`;
}

function requestWords({ method, path, status, received_at: at, sender }) {
  return `Newest request: ${method} ${path}, answered ${status || "nothing"}, ${formatMoment(at)}, from ${sender}`;
}
