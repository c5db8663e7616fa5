import { completeQuery } from "../../core/query/complete-query.js";
import { parseQuery } from "../../core/query/parse-query.js";
import { tokenizeQuery } from "../../core/query/tokenize-query.js";
import { showText } from "../../dom/show-text.js";
import { SuggestionList } from "../../ui/suggestion-list.js";

const REST = 400; // milliseconds after the last key press before validation

function pieceOf([kind, text]) {
  if (!kind) return text;
  const piece = document.createElement("span");
  piece.className = `query-${kind}`;
  piece.textContent = text;
  return piece;
}

// The query input with highlighting and completions. Dispatches "enter" when the query is submitted
// and "rest" when typing pauses.
export class QueryInput extends EventTarget {
  #input;
  #shown;
  #suggestions;
  #fields;
  #timer = 0;
  #range = null; // the range that a completion replaces
  #requestId = 0; // number of the newest completion request

  // `fields` resolves to the suggested names and values.
  constructor(root, fields) {
    super();
    this.#input = root.querySelector("[data-query-input]");
    this.#shown = root.querySelector("[data-query-shown]");
    this.#suggestions = new SuggestionList(root.querySelector("[data-query-options]"), this.#input);
    this.#fields = fields;
    this.#listen();
  }

  get text() {
    return this.#input.value;
  }

  set text(text) {
    this.#input.value = text;
    this.#stop();
    this.#hide();
    this.paint();
  }

  // Whether a position is in the word that is being typed.
  isTyping(at) {
    return document.activeElement === this.#input && at >= this.text.slice(0, this.#input.selectionStart).search(/\S*$/);
  }

  focus() {
    this.#input.focus();
    this.#input.select();
  }

  // `mistake` is an error reported by the server.
  paint(mistake = null) {
    const { terms, mistake: own } = parseQuery(this.text);
    this.#shown.replaceChildren(...tokenizeQuery(this.text, terms, mistake ?? own).map(pieceOf));
    this.#scroll();
  }

  showMistake(mistake) {
    this.#input.ariaInvalid = mistake ? "true" : "false";
    this.paint(mistake);
  }

  #listen() {
    const input = this.#input;
    input.addEventListener("input", () => this.#typed());
    input.addEventListener("keydown", (event) => this.#pressed(event));
    input.addEventListener("scroll", () => this.#scroll());
    input.addEventListener("click", () => this.#complete());
    input.addEventListener("blur", () => this.#hide());
    this.#suggestions.addEventListener("choose", ({ detail }) => this.#choose(detail));
  }

  #typed() {
    this.paint();
    this.#complete();
    this.#stop();
    this.#timer = setTimeout(() => this.#isNaming || this.#dispatch("rest"), REST);
  }

  // Whether a field name is being typed, which is not a free-text query yet.
  get #isNaming() {
    const { isOpen, first } = this.#suggestions;
    const word = /[^\s.-]*$/.exec(this.text.slice(0, this.#input.selectionStart))[0].toLowerCase();
    return isOpen && word !== "" && first.isOpen === true && first.label.toLowerCase().startsWith(word);
  }

  #stop() {
    clearTimeout(this.#timer);
  }

  #dispatch(name) {
    this.#stop();
    this.dispatchEvent(new CustomEvent(name));
  }

  #scroll() {
    this.#shown.scrollLeft = this.#input.scrollLeft;
  }

  async #complete() {
    const requestId = ++this.#requestId;
    const fields = await this.#fields();
    if (requestId !== this.#requestId || document.activeElement !== this.#input) return;
    const { options, ...place } = completeQuery(this.text, this.#input.selectionStart, fields);
    this.#range = place;
    this.#suggestions.show(options);
  }

  #hide() {
    this.#requestId += 1;
    this.#suggestions.hide();
  }

  #choose({ insert, isOpen }) {
    const { from, to } = this.#range;
    const rest = this.text.slice(to).replace(/^\s+/, "");
    this.#input.value = this.text.slice(0, from) + insert + (isOpen && rest ? ` ${rest}` : rest);
    this.#input.setSelectionRange(from + insert.length, from + insert.length);
    this.#hide();
    this.paint();
    if (isOpen) this.#complete();
    else this.#dispatch("enter");
  }

  #pressed(event) {
    const act = this.#actionFor(event);
    if (!act) return;
    event.preventDefault();
    act();
  }

  #actionFor({ key, isComposing, shiftKey }) {
    const { isOpen, active, first } = this.#suggestions;
    if (isComposing) return undefined;
    if (key === "Enter") return () => (active ? this.#choose(active) : this.#enter());
    if (key === "ArrowDown") return () => (isOpen ? this.#suggestions.step(1) : this.#complete());
    if (key === "ArrowUp" && isOpen) return () => this.#suggestions.step(-1);
    if (key === "Tab" && isOpen && !shiftKey && this.#isInWord(active)) return () => this.#choose(active ?? first);
    if (key === "Escape") return () => (isOpen ? this.#hide() : this.#input.blur());
    return undefined;
  }

  // Tab accepts a completion of a started word only; otherwise it moves the focus.
  #isInWord(active) {
    return active !== undefined || this.#range.from < this.#input.selectionStart;
  }

  #enter() {
    this.#hide();
    this.#dispatch("enter");
  }
}
