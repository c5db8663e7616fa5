import { TreeView, isTree } from "../json/tree-view.js";
import { copyBy } from "../page/copy.js";
import { cloneOf, elementOf, showIcon, slotsOf } from "../page/templates.js";
import { bytes, count } from "../text/counts.js";
import { curlCommand } from "../text/curl.js";
import { showText } from "../text/visible-text.js";
import { differenceOf } from "./difference.js";
import { Editor } from "./editor.js";
import { factsOf } from "./facts.js";
import { malformedLines } from "./malformed-view.js";
import { placeOf, problemItem, summaryOf } from "./problems.js";

const LONG = 20_000;
const NOT_UTF8 = "Holds bytes that are not UTF-8. Each shows as �, also in what you copy.";
const UNREADABLE = /[\ufffd\u0000-\u0008\u000e-\u001f]/g;
const LEGIBLE = 0.9; // share of characters that mean something, in what can be edited
const smoothly = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth");

export function titleOf(event) {
  const title = cloneOf("event-title");
  const slots = slotsOf(title);
  slots.pill.dataset.verdict = event.verdict;
  showIcon(slots.icon, event.verdict);
  slots.word.textContent = event.verdict;
  showText(slots.name, event.name ?? (event.verdict === "malformed" ? "unreadable" : "no name"));
  slots.name.title = event.name ?? "";
  slots.seq.textContent = `No. ${count(event.seq)}`;
  return title;
}

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

function showFolded(code, raw) {
  showText(code, raw.slice(0, LONG));
  if (raw.length <= LONG) return;
  const button = elementOf("tree-button");
  button.textContent = `show all (${bytes(raw.length)})`;
  button.addEventListener("click", () => showText(code, raw));
  code.append("… ", button);
}

function messageOf(text, retry) {
  const message = elementOf("panel-message");
  const button = message.querySelector("button");
  message.querySelector("p").textContent = text;
  button.hidden = !retry;
  if (retry) button.addEventListener("click", retry);
  return message;
}

// One event with its problems, each at its place. The raw text may come later than the rest.
// `tools` are those of the editor that its text can be opened in.
export class EventView {
  #host;
  #tools;
  #slots = {};
  #event = null;
  #tree = null;
  #editor = null;
  #draft = { seq: 0, text: "" }; // what was typed last, should the reader come back

  constructor(host, tools) {
    this.#host = host;
    this.#tools = tools;
  }

  show(event) {
    this.#leaveEditor();
    this.#event = event;
    this.#tree = null;
    const view = cloneOf("event-view");
    this.#slots = slotsOf(view);
    this.#showProblems(event);
    note(this.#slots.refusal, refusalOf(event));
    note(this.#slots.bytes, event.raw_base64 === undefined ? "" : NOT_UTF8);
    this.#slots.facts.append(...factsOf(event));
    this.#listenForCopy(view);
    this.#offerEdit(event);
    this.showMended(event);
    if (event.raw === null) this.#showMessage("Loading…");
    else this.#showContent(event);
    this.#host.replaceChildren(view);
    this.#host.scrollTop = 0;
    this.#centrePlace();
  }

  // In place of an event that is not here.
  showMessage(text, retry) {
    this.#leaveEditor();
    this.#host.replaceChildren(messageOf(text, retry));
  }

  copyRaw() {
    this.#host.querySelector("[data-copy-what=raw]")?.click();
  }

  // The text that it may have been meant to be, which only a look at the one event tells.
  showMended({ mended }) {
    if (this.#editor || !mended) return;
    this.#slots.mended.replaceChildren(differenceOf(mended, (text) => this.edit(text)));
  }

  // Opens the text, or another in its place, to be changed, checked and sent again.
  edit(text = this.#textToEdit) {
    if (this.#editor || text === null) return;
    this.#editor = new Editor(text, this.#tools);
    const done = this.#editor.element.querySelector("[data-done]");
    done.addEventListener("click", () => this.#closeEditor());
    this.#host.replaceChildren(this.#editor.element);
    this.#host.scrollTop = 0;
    this.#editor.focus();
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

  #leaveEditor() {
    if (!this.#editor) return;
    this.#draft = { seq: this.#event.seq, text: this.#editor.text };
    this.#editor.stop();
    this.#editor = null;
  }

  #showProblems({ problems, raw }) {
    const slots = this.#slots;
    slots["problems-part"].hidden = problems.length === 0;
    slots["no-problems"].hidden = problems.length > 0;
    slots["problems-head"].textContent = summaryOf(problems);
    slots.problems.append(
      ...problems.map((problem) => problemItem(problem, placeOf(problem, raw), (p) => this.#goTo(p))),
    );
  }

  // Text that is JSON is a tree, text that breaks somewhere a line with a caret;
  // else the raw text tells most.
  #showContent({ raw, problems }) {
    const columns = problems.map((problem) => problem.column).filter(Boolean);
    this.#slots.raw.addEventListener("toggle", () => showFolded(this.#rawCode, raw), { once: true });
    if (columns.length) this.#showLine(raw, columns);
    else if (isTree(raw)) this.#showTree(raw, problems);
    else this.#slots.raw.open = true;
  }

  get #rawCode() {
    return this.#slots.raw.querySelector("code");
  }

  #showTree(raw, problems) {
    const list = document.createElement("ol");
    list.className = "tree";
    this.#slots.content.replaceChildren(list);
    this.#tree = new TreeView(list, raw, problems);
  }

  #showLine(raw, columns) {
    const view = elementOf("malformed-view");
    const lines = slotsOf(view).lines;
    lines.append(...malformedLines(raw, columns));
    this.#slots["content-head"].textContent = "Line";
    this.#slots.content.replaceChildren(view);
  }

  #centrePlace() {
    const place = this.#slots.content.querySelector(".place");
    const scroller = place?.closest(".malformed");
    if (scroller) scroller.scrollLeft = place.offsetLeft - scroller.clientWidth / 2;
  }

  #goTo(problem) {
    const line = `[data-column="${Number(problem.column)}"] .place`;
    const target = this.#tree?.show(problem) ?? this.#slots.content.querySelector(line);
    target?.scrollIntoView({ block: "center", behavior: smoothly() });
    target?.animate({ opacity: [1, 0.35, 1] }, { duration: 500 });
  }

  #listenForCopy(view) {
    const texts = {
      raw: () => this.#event.raw,
      curl: () => curlCommand(this.#tools.target.curl, this.#event.raw),
      problems: () => JSON.stringify(this.#event.problems, null, 2),
    };
    for (const button of view.querySelectorAll("[data-copy-what]")) {
      const what = button.dataset.copyWhat;
      const { raw, raw_base64: bytes } = this.#event;
      button.disabled = what !== "problems" && (raw === null || (what === "curl" && bytes !== undefined));
      button.addEventListener("click", () => copyBy(button, texts[what]()));
    }
  }

  #showMessage(text) {
    this.#slots.raw.hidden = true;
    this.#slots.content.replaceChildren(messageOf(text));
  }
}
