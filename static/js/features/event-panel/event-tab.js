import { formatCount } from "../../core/text/format-count.js";
import { leadingProblem } from "../../core/text/problem-severity.js";
import { showText } from "../../dom/show-text.js";
import { slotsOf, templateElement, templateFragment } from "../../dom/templates.js";
import { JsonTreeView, isJsonTree } from "../../ui/json-tree-view.js";
import { fixedTextView } from "../../ui/text-diff-view.js";
import { panelMessage } from "../detail-panel/panel-message.js";
import { EventEditor } from "../event-editor/event-editor.js";
import { eventFacts } from "./event-facts.js";
import { malformedLines } from "./malformed-lines.js";
import { briefProblemItem, problemPlace, problemSummary } from "./problem-item.js";

const BRIEF = 3; // problems told above the event; all of them have a tab of their own
const SHOWN = 20_000; // characters of a text that is neither JSON nor breaks anywhere
const NOT_UTF8 = "Holds bytes that are not UTF-8. Each shows as �, also in what you copy.";
const UNREADABLE = /[\ufffd\u0000-\u0008\u000e-\u001f]/g;
const LEGIBLE = 0.9; // share of characters that mean something, in what can be edited
const smoothly = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth");

function note(element, text) {
  element.hidden = !text;
  element.querySelector("span").textContent = text;
}

function refusalOf({ status }) {
  return status >= 400 ? `The sender got ${status}: the vendor would refuse the whole request.` : "";
}

// Why the text of an event cannot be edited; "" if it can.
function obstacleTo({ raw, problems }) {
  if (raw === null) return "The text is not loaded yet.";
  if (problems.some(({ code }) => code === "line-too-long")) return "Only a part of this line was kept.";
  const lost = raw.match(UNREADABLE)?.length ?? 0;
  return lost > raw.length * (1 - LEGIBLE) ? "These bytes are not text." : "";
}

function briefly(problems) {
  const first = leadingProblem(problems);
  return problems.length > BRIEF ? [first, ...problems.filter((problem) => problem !== first)].slice(0, BRIEF) : problems;
}

// One event with each problem at its place. The raw text may be loaded later than the rest.
export class EventTab {
  #host;
  #tools;
  #slots = {};
  #event = null;
  #tree = null;
  #editor = null;
  #draft = { seq: 0, text: "" }; // what was typed last, should the reader come back

  // `tools` are those of the editor, and `choose.tab`.
  constructor(host, tools) {
    this.#host = host;
    this.#tools = tools;
  }

  get isEdited() {
    return this.#editor !== null;
  }

  show(event) {
    this.leave();
    this.#event = event;
    this.#tree = null;
    const part = templateFragment("event-part");
    this.#slots = slotsOf(part);
    this.#showProblems(event);
    note(this.#slots.refusal, refusalOf(event));
    note(this.#slots.bytes, event.raw_base64 === undefined ? "" : NOT_UTF8);
    this.#slots.facts.append(...eventFacts(event));
    this.#offerEdit(event);
    this.showFixed(event);
    if (event.raw === null) this.#slots.content.replaceChildren(panelMessage("Loading…"));
    else this.#showContent(event);
    this.#host.replaceChildren(part);
    this.#host.scrollTop = 0;
    this.#centrePlace();
  }

  // The text that it may have been meant to be, which only a look at the one event tells.
  showFixed({ fixed }) {
    if (this.#editor || !fixed) return;
    this.#slots.fixed.replaceChildren(fixedTextView(fixed, (text) => this.edit(text)));
  }

  // Opens the text, or another in its place, to be changed, checked and sent again.
  edit(text = this.#textToEdit) {
    if (this.#editor || text === null) return;
    this.#editor = new EventEditor(text, this.#tools);
    const done = this.#editor.element.querySelector("[data-done]");
    done.addEventListener("click", () => this.#closeEditor());
    this.#host.replaceChildren(this.#editor.element);
    this.#host.scrollTop = 0;
    this.#editor.focus();
  }

  // Ends editing, if one did; what was typed is kept.
  leave() {
    if (!this.#editor) return false;
    this.#draft = { seq: this.#event.seq, text: this.#editor.text };
    this.#editor.stop();
    this.#editor = null;
    return true;
  }

  goTo(problem) {
    const line = `[data-column="${Number(problem.column)}"] .place`;
    const target = this.#tree?.show(problem) ?? this.#slots.content.querySelector(line);
    target?.scrollIntoView({ block: "center", behavior: smoothly() });
    target?.animate({ opacity: [1, 0.35, 1] }, { duration: 500 });
  }

  // null when there is none.
  get #textToEdit() {
    if (!this.#event || obstacleTo(this.#event)) return null;
    const { seq, text } = this.#draft;
    return seq === this.#event.seq ? text : this.#event.raw;
  }

  #offerEdit(event) {
    const { edit } = this.#slots;
    const obstacle = obstacleTo(event);
    edit.disabled = obstacle !== "";
    if (obstacle) edit.title = obstacle;
    edit.addEventListener("click", () => this.edit());
  }

  #closeEditor() {
    this.show(this.#event);
    this.#slots.edit.focus();
  }

  #showProblems({ problems, raw }) {
    const { problems: list, all, ...slots } = this.#slots;
    slots["problems-part"].hidden = problems.length === 0;
    slots["no-problems"].hidden = problems.length > 0;
    slots["problems-head"].textContent = problemSummary(problems);
    const item = (problem) => briefProblemItem(problem, problemPlace(problem, raw), (p) => this.goTo(p));
    list.append(...briefly(problems).map(item));
    all.hidden = problems.length <= BRIEF;
    all.textContent = `All ${formatCount(problems.length)} problems`;
    all.addEventListener("click", () => this.#tools.choose.tab("problems"));
  }

  // Text that is JSON is a tree, text that breaks somewhere a line with a caret; else it is what it is.
  #showContent({ raw, problems }) {
    const columns = problems.map((problem) => problem.column).filter(Boolean);
    if (columns.length) this.#showLine(raw, columns);
    else if (isJsonTree(raw)) this.#showTree(raw, problems);
    else this.#showText(raw);
  }

  #showTree(raw, problems) {
    const list = document.createElement("ol");
    list.className = "tree";
    this.#slots.content.replaceChildren(list);
    this.#tree = new JsonTreeView(list, raw, problems);
  }

  #showLine(raw, columns) {
    const view = templateElement("malformed-view");
    slotsOf(view).lines.append(...malformedLines(raw, columns));
    this.#slots["content-head"].textContent = "Line";
    this.#slots.content.replaceChildren(view);
  }

  #showText(raw) {
    const view = templateElement("plain-text");
    showText(view.querySelector("code"), raw.slice(0, SHOWN));
    this.#slots["content-head"].textContent = "Line";
    this.#slots.content.replaceChildren(view);
  }

  #centrePlace() {
    const place = this.#slots.content.querySelector(".place");
    const scroller = place?.closest(".malformed");
    if (scroller) scroller.scrollLeft = place.offsetLeft - scroller.clientWidth / 2;
  }
}
