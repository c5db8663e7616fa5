import { showText } from "../../dom/show-text.js";
import { slotsOf, templateElement } from "../../dom/templates.js";
import { closeMenu } from "../../ui/menu.js";
import { KNOWN_COLUMNS, addColumn, columnLabel, columnNameOf, isPathColumn, moveColumn, removeColumn } from "./columns.js";
import { dottedPathsIn } from "./path-values.js";

const STEP = 16; // pixels per key press
const LOOKED_AT = 200; // newest events whose fields are suggested

// Chooses columns and their order by check box, by dragging the handle or with its keys. Any path
// can be added.
export class ColumnsMenu {
  #choice;
  #events;
  #list;
  #form;
  #paths;

  constructor(menu, choice, events) {
    this.#choice = choice;
    this.#events = events;
    this.#list = menu.querySelector("[data-columns-list]");
    this.#form = menu.querySelector("[data-columns-add]");
    this.#paths = menu.querySelector("datalist");
    menu.addEventListener("toggle", () => menu.open && this.#open());
    this.#form.addEventListener("submit", (event) => this.#add(event));
    menu.querySelector("[data-columns-reset]").addEventListener("click", () => choice.reset());
    menu.querySelector("[data-columns-done]").addEventListener("click", () => closeMenu(this.#list));
    this.#list.addEventListener("pointerdown", (event) => this.#grasp(event));
    choice.addEventListener("change", () => menu.open && this.#paint());
  }

  #open() {
    this.#paint();
    const paths = dottedPathsIn(this.#events().slice(-LOOKED_AT)).map(columnNameOf);
    const options = paths.map((path) => Object.assign(document.createElement("option"), { value: path }));
    this.#paths.replaceChildren(...options);
  }

  #paint() {
    const focused = document.activeElement?.closest("[data-column-item]");
    const [name, part] = [focused?.dataset.columnItem, document.activeElement?.dataset.slot];
    const { names } = this.#choice;
    const others = KNOWN_COLUMNS.filter((known) => !names.includes(known));
    this.#list.replaceChildren(...names.map((each) => this.#item(each, true)), ...others.map((each) => this.#item(each, false)));
    this.#itemOf(name)?.querySelector(`[data-slot=${part}]`)?.focus();
  }

  #item(name, isShown) {
    const item = templateElement("column-item");
    const { handle, box, label, remove } = slotsOf(item);
    item.dataset.columnItem = name;
    showText(label, columnLabel(name));
    label.classList.toggle("column-path", isPathColumn(name));
    box.checked = isShown;
    box.addEventListener("change", () => this.#show(name, box.checked));
    handle.disabled = !isShown;
    handle.ariaLabel = `Move ${columnLabel(name)}: arrow keys up and down. Width: left and right.`;
    handle.addEventListener("keydown", (event) => this.#pressed(event, name));
    remove.hidden = !isPathColumn(name);
    remove.ariaLabel = `Remove ${columnLabel(name)}`;
    remove.addEventListener("click", () => this.#show(name, false));
    return item;
  }

  #itemOf(name) {
    return [...this.#list.children].find((item) => item.dataset.columnItem === name);
  }

  #show(name, isShown) {
    const { names } = this.#choice;
    this.#choice.choose(isShown ? addColumn(names, name) : removeColumn(names, name));
    this.#paint();
  }

  #add(event) {
    event.preventDefault();
    const input = this.#form.elements.path;
    const path = input.value.trim();
    if (path) this.#choice.choose(addColumn(this.#choice.names, path));
    input.value = "";
  }

  #pressed(event, name) {
    const { names, widths } = this.#choice;
    const at = names.indexOf(name);
    const move = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: names.length - 1 }[event.key];
    const step = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    if (move === undefined && !step) return;
    event.preventDefault();
    if (step) this.#choice.draw(name, (widths[name] ?? this.#widthOf(name)) + step);
    else if (move < names.length) this.#choice.choose(moveColumn(names, name, move));
  }

  #widthOf(name) {
    const heads = [...document.querySelectorAll("[data-column]")];
    return heads.find((head) => head.dataset.column === name)?.offsetWidth ?? 0;
  }

  // The item follows the pointer; the list of events is updated on release.
  #grasp(event) {
    const handle = event.target.closest("[data-slot=handle]");
    if (!handle || handle.disabled || event.button) return;
    event.preventDefault();
    handle.focus();
    const item = handle.closest("[data-column-item]");
    item.dataset.state = "dragged";
    const drag = ({ clientY }) => this.#drag(item, clientY);
    this.#list.setPointerCapture(event.pointerId); // moving the element would lose the capture
    this.#list.addEventListener("pointermove", drag);
    this.#list.addEventListener("lostpointercapture", () => this.#drop(item, drag), { once: true });
  }

  #drag(item, y) {
    const { names } = this.#choice;
    const others = [...this.#list.children].filter((other) => other !== item).slice(0, names.length - 1);
    const below = others.find((other) => y < other.getBoundingClientRect().top + other.offsetHeight / 2);
    const next = below ?? others.at(-1)?.nextElementSibling ?? null;
    if (next !== item && item.nextElementSibling !== next) this.#list.insertBefore(item, next);
  }

  #drop(item, drag) {
    this.#list.removeEventListener("pointermove", drag);
    delete item.dataset.state;
    const at = [...this.#list.children].indexOf(item);
    this.#choice.choose(moveColumn(this.#choice.names, item.dataset.columnItem, at));
  }
}
