import { markErrors, tokenizeJson } from "../../core/json/tokenize-json.js";
import { SuggestionList } from "../../ui/suggestion-list.js";
import { completePlan } from "./complete-plan.js";

const REST = 400; // milliseconds after the last key press before validation

function pieceOf([kind, text, isWrong]) {
  const piece = document.createElement(isWrong ? "mark" : "span");
  piece.className = `${kind && `plan-${kind}`} ${isWrong ? "plan-wrong" : ""}`.trim();
  piece.textContent = text;
  return piece;
}

// The text area of a plan, with highlighting and completions. Dispatches "change" on each change,
// "rest" when typing pauses, and "undone" when replace() was undone by Ctrl+Z.
export class PlanInput extends EventTarget {
  #area;
  #shown;
  #list;
  #suggestions;
  #known;
  #places = [];
  #timer = 0;
  #spot = null; // the range that a completion replaces
  #former = null; // the text before replace(), until the next change

  // `known` resolves to the {names, fields} of stored events.
  constructor(root, known) {
    super();
    this.#area = root.querySelector("[data-plan-text]");
    this.#shown = root.querySelector("[data-plan-shown]");
    this.#list = root.querySelector("[data-plan-options]");
    this.#suggestions = new SuggestionList(this.#list, this.#area);
    this.#known = known;
    this.#listen();
  }

  get text() {
    return this.#area.value;
  }

  set text(text) {
    this.#set(text, null);
  }

  // Sets another text. The undo history of a text area does not cover that, so one step of it is kept here.
  replace(text) {
    this.#set(text, this.text);
  }

  get canUndo() {
    return this.#former !== null;
  }

  // Restores the text before replace().
  undo() {
    if (!this.canUndo) return;
    this.text = this.#former;
    this.dispatchEvent(new CustomEvent("undone"));
  }

  // Ranges of errors, each [start, end].
  mark(places) {
    this.#places = places;
    this.#paint();
  }

  select([start, end]) {
    this.#area.blur();
    this.#area.setSelectionRange(start, end);
    this.#area.focus();
    this.#shown.querySelector(".plan-wrong")?.scrollIntoView({ block: "nearest" });
  }

  #set(text, former) {
    this.#area.value = text;
    this.#former = former;
    this.#suggestions.hide();
    this.#changed(0);
  }

  #listen() {
    const area = this.#area;
    area.addEventListener("input", () => this.#typed());
    area.addEventListener("keydown", (event) => this.#pressed(event));
    area.addEventListener("click", () => this.#suggestions.hide());
    area.addEventListener("blur", () => this.#suggestions.hide());
    this.#suggestions.addEventListener("choose", ({ detail }) => this.#choose(detail));
  }

  #typed() {
    this.#places = [];
    this.#former = null;
    this.#changed(REST);
    this.#complete();
  }

  #changed(pause) {
    this.#paint();
    this.dispatchEvent(new CustomEvent("change"));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.dispatchEvent(new CustomEvent("rest")), pause);
  }

  #paint() {
    const pieces = markErrors(tokenizeJson(this.text), this.#places).map(pieceOf);
    this.#shown.replaceChildren(...pieces, "\n");
  }

  async #complete() {
    const known = await this.#known();
    const { selectionStart, selectionEnd } = this.#area;
    if (selectionStart !== selectionEnd || document.activeElement !== this.#area) return;
    const { options, ...spot } = completePlan(this.text, selectionStart, known);
    this.#spot = spot;
    this.#suggestions.show(options);
    if (options.length) this.#place(selectionStart);
  }

  // Places the list below the caret.
  #place(caret) {
    const range = document.createRange();
    const walker = document.createTreeWalker(this.#shown, NodeFilter.SHOW_TEXT);
    let left = caret;
    while (walker.nextNode() && left > walker.currentNode.length) left -= walker.currentNode.length;
    range.setStart(walker.currentNode, Math.min(left, walker.currentNode.length));
    const [spot, paper] = [range.getBoundingClientRect(), this.#shown.getBoundingClientRect()];
    const room = Math.max(0, paper.width - this.#list.offsetWidth);
    this.#list.style.top = `${spot.bottom - paper.top + 4}px`;
    this.#list.style.left = `${Math.min(spot.left - paper.left, room)}px`;
  }

  #choose({ label }) {
    const { from, to, isKey } = this.#spot;
    const after = this.text.slice(to).startsWith('"') ? to + 1 : to;
    const hasColon = /^\s*:/.test(this.text.slice(after));
    const written = JSON.stringify(label).slice(1);
    const text = isKey && !hasColon ? `${written}: ` : written;
    this.#area.setSelectionRange(from, after);
    this.#area.setRangeText(text, from, after, "end");
    this.#suggestions.hide();
    this.#typedByChoice();
  }

  #typedByChoice() {
    this.#places = [];
    this.#former = null;
    this.#changed(REST);
    this.#area.focus();
  }

  #pressed(event) {
    const act = this.#actionFor(event);
    if (!act) return;
    event.preventDefault();
    act();
  }

  #actionFor({ key, isComposing, ctrlKey, metaKey }) {
    const { isOpen, active, first } = this.#suggestions;
    if (isComposing) return undefined;
    if (key === "z" && (ctrlKey || metaKey) && this.canUndo) return () => this.undo();
    if (key === " " && (ctrlKey || metaKey)) return () => this.#complete();
    if (!isOpen) return undefined;
    if (key === "ArrowDown") return () => this.#suggestions.step(1);
    if (key === "ArrowUp") return () => this.#suggestions.step(-1);
    if (key === "Enter" && active) return () => this.#choose(active);
    if (key === "Tab") return () => this.#choose(active ?? first);
    if (key === "Escape") return () => this.#suggestions.hide();
    return undefined;
  }
}
