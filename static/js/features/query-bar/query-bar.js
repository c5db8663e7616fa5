import { addTerm, toggleColumn } from "../../core/query/edit-query.js";
import { parseQuery } from "../../core/query/parse-query.js";
import { FieldSuggestions } from "./field-suggestions.js";
import { QueryChips } from "./query-chips.js";
import { queryFromAddress } from "./query-from-address.js";
import { QueryInput } from "./query-input.js";

// Converts an index in characters, as used by the server, to UTF-16 units.
function unitsOf(text, { message, at }) {
  return { message, at: [...text].slice(0, at).join("").length };
}

// The query bar above the list. Dispatches "ask" with {q, mode} of the address; while the text has
// an error, the last valid query stays active.
export class QueryBar extends EventTarget {
  #root;
  #api;
  #address;
  #input;
  #chips;
  #active = { q: "", mode: "" };
  #attempt = 0;
  #known;

  constructor(root, { api, address }) {
    super();
    this.#root = root;
    this.#api = api;
    this.#address = address;
    this.#known = new FieldSuggestions(api);
    this.#input = new QueryInput(root, () => this.knownFields());
    this.#chips = new QueryChips(this.#part("chips"));
    this.#listen();
    this.#takeAddress();
  }

  get question() {
    return this.#active;
  }

  focus() {
    this.#input.focus();
  }

  // Adds a term after a click on a value.
  add(term) {
    this.#become(addTerm(this.#input.text, term));
  }

  // Filters by one value of a column, or no longer by it.
  toggle(name, value) {
    this.#become(toggleColumn(this.#input.text, name, value));
  }

  clear() {
    this.set("");
  }

  // Sets another query.
  set(text) {
    this.#become(text);
  }

  knownFields() {
    return this.#known.fields();
  }

  // Shows an error that the server found in the active query.
  reject(mistake) {
    const wrong = unitsOf(this.#active.q, mistake);
    this.#show({ q: "", mode: this.#active.mode });
    this.#fail(wrong);
  }

  // Shows the number of matching events in highlight mode.
  showMatchCount(words) {
    const output = this.#part("matches");
    if (output.textContent !== words) output.textContent = words;
    this.#showFoot();
  }

  #part(name) {
    return this.#root.querySelector(`[data-query-${name}]`);
  }

  #listen() {
    this.#root.addEventListener("submit", (event) => event.preventDefault());
    this.#input.addEventListener("enter", () => this.#try({ isStep: true, isMeant: true }));
    this.#input.addEventListener("rest", () => this.#try({ isStep: false, isMeant: false }));
    this.#chips.addEventListener("change", ({ detail }) => this.#become(detail));
    this.#chips.addEventListener("left", () => this.#input.focus());
    this.#part("clear").addEventListener("click", () => this.#cleared());
    this.#part("modes").addEventListener("change", () => this.#switched());
    this.#address.addEventListener("change", ({ detail }) => this.#follow(detail));
  }

  #cleared() {
    this.clear();
    this.#input.focus();
  }

  // Chips are updated before validation, so that quick clicks on two of them both count.
  #become(text) {
    this.#input.text = text;
    this.#chips.show(text);
    this.#try({ isStep: true, isMeant: true });
  }

  get #mode() {
    return this.#part("modes").querySelector(":checked").value;
  }

  #switched() {
    this.#ask({ q: this.#active.q, mode: this.#mode }, true);
  }

  #follow(names) {
    if (names.includes("q") || names.includes("mode")) this.#takeAddress();
  }

  #takeAddress() {
    const { q, mode, mistake } = queryFromAddress(this.#address);
    for (const choice of this.#part("modes").querySelectorAll("input")) choice.checked = choice.value === mode;
    if (q !== this.#input.text.trim()) this.#input.text = q;
    if (mistake) this.#fail(mistake);
    else this.#show({ q, mode });
  }

  // Applies the text if it is valid. Errors in an unfinished word are not shown while typing.
  async #try({ isStep, isMeant }) {
    const q = this.#input.text.trim();
    const attempt = ++this.#attempt;
    const wrong = await this.#wrongIn(this.#input.text, q);
    if (attempt !== this.#attempt) return;
    if (!wrong) this.#ask({ q, mode: this.#mode }, isStep);
    else if (isMeant || !this.#input.isTyping(wrong.at)) this.#fail(wrong);
  }

  async #wrongIn(text, q) {
    const { mistake } = parseQuery(text);
    if (mistake || !q || q === this.#active.q) return mistake;
    const reported = await this.#api.mistakeIn(q);
    return reported && { ...unitsOf(q, reported), at: unitsOf(q, reported).at + text.length - text.trimStart().length };
  }

  #ask(question, isStep = false) {
    this.#show(question);
    this.#address.set(question, { isStep });
  }

  #show({ q, mode }) {
    const isNew = q !== this.#active.q || (q && mode !== this.#active.mode);
    this.#active = { q, mode };
    this.#showMistake(null);
    this.#chips.show(q);
    this.#showFoot();
    if (isNew) this.dispatchEvent(new CustomEvent("ask", { detail: this.#active }));
  }

  #fail(mistake) {
    this.#showMistake(mistake);
    this.#showFoot();
  }

  #showMistake(mistake) {
    const { q } = this.#active;
    this.#input.showMistake(mistake);
    this.#part("mistake").hidden = mistake === null;
    this.#part("mistake-words").textContent = mistake?.message ?? "";
    this.#part("still").textContent = q ? `Still shown: ${q}` : "Still shown: all events";
  }

  #showFoot() {
    this.#part("clear").hidden = !this.#input.text && !this.#active.q;
    this.#part("foot").hidden = this.#chips.isEmpty;
  }
}
