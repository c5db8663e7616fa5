import { compareJson } from "../../core/json/compare-json.js";
import { isContainer, parseJson } from "../../core/json/lossless-json.js";
import { formatCount, pluralize } from "../../core/text/format-count.js";
import { countChanges, diffText } from "../../core/text/text-diff.js";
import { hashOfEvent } from "../../dom/route.js";
import { slotsOf, templateElement, templateFragment } from "../../dom/templates.js";
import { diffElements } from "../../ui/text-diff-view.js";
import { showTime } from "../../ui/time-elements.js";
import { panelMessage } from "../detail-panel/panel-message.js";
import { plainTitle } from "../detail-panel/static-view.js";
import { fillEventTitle } from "../event-panel/event-title.js";
import { CompareRows } from "./compare-rows.js";

const numbered = (seq) => `No. ${formatCount(seq)}`;

function treeOf({ raw }) {
  try {
    const root = parseJson(raw);
    return isContainer(root) ? root : null;
  } catch {
    return null;
  }
}

function headOf(event) {
  const head = templateElement("compare-head");
  const slots = slotsOf(head);
  fillEventTitle(slots, event);
  slots.link.href = hashOfEvent(event.seq);
  slots.link.textContent = numbered(event.seq);
  showTime(slots.time, event.received_at, "full");
  return head;
}

// Why texts are compared instead of fields; "" if fields are compared.
function whyText(events, trees) {
  const broken = events.filter((_, at) => !trees[at]).map(({ seq }) => numbered(seq));
  return broken.length ? `${broken.join(" and ")} ${broken.length > 1 ? "are" : "is"} not JSON: compared as text.` : "";
}

function summaryOf(differences, events) {
  if (differences) return pluralize(differences, "difference");
  const isSame = events[0].raw === events[1].raw;
  return isSame ? "No differences: the same text." : "No differences but white space or the order of keys.";
}

// Two events side by side with their differences marked.
export class CompareView {
  #host;
  #api;
  #choose;
  #seqs = [];
  #slots = {};
  #rows = null;
  #total = 0;
  #at = -1; // index of the current difference

  constructor(host, { api, choose }) {
    this.#host = host;
    this.#api = api;
    this.#choose = choose;
  }

  open({ seqs }, entitle) {
    entitle(plainTitle(`Compare ${seqs.map(numbered).join(" and ")}`));
    this.#seqs = seqs;
    this.#host.replaceChildren(panelMessage("Loading…"));
    this.#load();
  }

  close() {
    this.#seqs = [];
    this.#host.replaceChildren();
  }

  async #load() {
    const seqs = this.#seqs;
    const events = await Promise.all(seqs.map((seq) => this.#api.event(seq).catch((error) => error)));
    if (seqs !== this.#seqs) return;
    const failed = events.findIndex((event) => event instanceof Error);
    if (failed < 0) this.#show(events);
    else this.#fail(events[failed], seqs[failed]);
  }

  #fail({ message, status }, seq) {
    const isGone = status === 404;
    const text = isGone ? `Event ${numbered(seq)} does not exist or is no longer kept.` : message;
    this.#host.replaceChildren(panelMessage(text, isGone ? null : () => this.#load()));
  }

  #show(events) {
    const view = templateFragment("compare-view");
    this.#slots = slotsOf(view);
    this.#slots.left.append(headOf(events[0]));
    this.#slots.right.append(headOf(events[1]));
    this.#listen();
    const trees = events.map(treeOf);
    const why = whyText(events, trees);
    this.#slots.why.hidden = !why;
    this.#slots.why.textContent = why;
    this.#total = why ? this.#showTexts(events) : this.#showTrees(trees, events);
    this.#slots.summary.textContent = summaryOf(this.#total, events);
    this.#slots.steps.hidden = this.#total === 0;
    this.#host.replaceChildren(view);
    this.#host.scrollTop = 0;
  }

  #showTrees(trees, events) {
    const { rows, differences } = compareJson(...trees);
    this.#rows = new CompareRows(this.#slots.table, rows, events.map(({ seq }) => numbered(seq)));
    this.#at = -1;
    return differences;
  }

  #showTexts(events) {
    const parts = diffText(events[0].raw, events[1].raw);
    const text = templateElement("compare-text");
    const slots = slotsOf(text);
    slots.left.textContent = `only in ${numbered(events[0].seq)}`;
    slots.right.textContent = `only in ${numbered(events[1].seq)}`;
    slots.text.append(...diffElements(parts));
    slots.text.querySelectorAll("del, ins:not(del + ins)").forEach((part) => (part.dataset.differs = ""));
    this.#slots.table.replaceWith(text);
    this.#rows = null;
    this.#at = -1;
    return countChanges(parts);
  }

  #listen() {
    const { next, previous, swap } = this.#slots;
    next.addEventListener("click", () => this.#step(1));
    previous.addEventListener("click", () => this.#step(-1));
    swap.addEventListener("click", () => this.#choose.compare(...this.#seqs.toReversed()));
  }

  get #differing() {
    return this.#rows?.differing ?? [...this.#host.querySelectorAll("[data-differs]")];
  }

  // Wraps around at the ends.
  #step(step) {
    if (step > 0 && this.#at === this.#differing.length - 1) this.#rows?.drawToNext();
    const all = this.#differing;
    all[this.#at]?.removeAttribute("data-current");
    this.#at = (Math.max(this.#at, step < 0 ? 0 : -1) + step + all.length) % all.length;
    all[this.#at].toggleAttribute("data-current", true);
    all[this.#at].scrollIntoView({ block: "center" });
    this.#slots.place.textContent = `${formatCount(this.#at + 1)} of ${formatCount(this.#total)}`;
  }
}
