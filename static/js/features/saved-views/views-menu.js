import { readStorage, writeStorage } from "../../dom/safe-storage.js";
import { showText } from "../../dom/show-text.js";
import { slotsOf, templateElement } from "../../dom/templates.js";
import { closeMenu } from "../../ui/menu.js";
import { BUILT_IN_VIEWS, currentView, filterParams, viewParams, viewSearch } from "./view-params.js";

const announce = (detail) => document.dispatchEvent(new CustomEvent("announce", { detail }));

// A visitor who opens a link has not applied a view yet.
const isSamePage = () => performance.getEntriesByType("navigation")[0]?.type !== "navigate";

// The saved views of a key pair: apply, save, rename, overwrite, delete with undo. The button shows
// the current one.
export class ViewsMenu {
  #menu;
  #api;
  #address;
  #memory; // session storage for the last applied view
  #views = [];
  #applied;

  constructor(menu, { api, address, pair }) {
    this.#menu = menu;
    this.#api = api;
    this.#address = address;
    this.#memory = `view-${pair}`;
    this.#applied = isSamePage() ? Number(readStorage(this.#memory, "sessionStorage")) : 0;
    address.addEventListener("change", () => this.#paint());
    menu.addEventListener("toggle", () => menu.open && this.#load());
    this.#part("save").addEventListener("submit", (event) => this.#save(event));
    this.#part("overwrite").addEventListener("click", () => this.#overwrite());
    this.#load();
  }

  #load() {
    return this.#try(async () => {
      this.#views = (await this.#api.views()).views;
      this.#paint();
    });
  }

  // Errors stay in the menu until the next action.
  async #try(act) {
    this.#showError("");
    try {
      await act();
    } catch (error) {
      if (error.status === undefined) throw error;
      this.#showError(error.message);
    }
  }

  #showError(words) {
    showText(this.#part("error"), words);
    this.#part("error").hidden = !words;
  }

  #paint() {
    const { view, isChanged } = currentView(this.#views, this.#applied, this.#address);
    this.#menu.dataset.state = isChanged ? "changed" : "same";
    const isNamed = view !== null && view !== BUILT_IN_VIEWS[0];
    showText(this.#part("word"), isNamed ? view.name : "Views");
    this.#part("word").classList.toggle("tool-word", !isNamed); // on a phone the icon only
    this.#paintOverwrite(isChanged ? view : null);
    this.#part("none").hidden = this.#views.length > 0;
    if (!this.#menu.open) return;
    this.#fill("built-in", BUILT_IN_VIEWS.map((each) => this.#item(each, each === view)));
    const note = isChanged ? "changed" : "";
    this.#fill("list", this.#views.map((each) => this.#item(each, each === view, note)));
  }

  #fill(name, items) {
    this.#part(name).replaceChildren(...items);
  }

  #paintOverwrite(view) {
    const button = this.#part("overwrite");
    button.hidden = !view;
    if (view) showText(button.querySelector("span"), `Save the changes to “${view.name}”`);
  }

  #item(view, isCurrent, note = "") {
    const item = templateElement("view-item");
    const slots = slotsOf(item);
    showText(slots.name, view.name);
    slots.note.textContent = isCurrent ? note : "";
    if (isCurrent) slots.apply.setAttribute("aria-current", "true");
    slots.apply.addEventListener("click", () => this.#apply(view));
    if (view.id) this.#makeOwn(view, item, slots);
    return item;
  }

  #makeOwn(view, item, slots) {
    slots.rename.hidden = slots.delete.hidden = false;
    slots.rename.ariaLabel = slots.rename.title = `Rename ${view.name}`;
    slots.delete.ariaLabel = slots.delete.title = `Delete ${view.name}`;
    slots.rename.addEventListener("click", () => this.#askName(view, item));
    slots.delete.addEventListener("click", () => this.#delete(view));
  }

  #apply(view) {
    this.#remember(view.id ?? 0);
    closeMenu(this.#menu);
    this.#menu.querySelector("summary").focus();
    this.#address.set(view.id ? viewParams(view.search) : filterParams(view.search));
    this.#paint();
    announce(`View “${view.name}”.`);
  }

  #remember(id) {
    this.#applied = id;
    writeStorage(this.#memory, id, "sessionStorage");
  }

  #save(event) {
    event.preventDefault();
    const { name } = event.target.elements;
    return this.#try(async () => {
      const view = await this.#api.addView({ name: name.value, search: viewSearch(this.#address) });
      name.value = "";
      this.#remember(view.id);
      announce(`Saved as “${view.name}”.`);
      await this.#load();
    });
  }

  #overwrite() {
    return this.#try(async () => {
      const search = viewSearch(this.#address);
      const view = await this.#api.changeView(this.#applied, { search });
      announce(`Saved the changes to “${view.name}”.`);
      await this.#load();
      this.#focus(view.id);
    });
  }

  #askName(view, item) {
    const row = templateElement("view-rename");
    const form = row.querySelector("form");
    form.elements.name.value = view.name;
    form.addEventListener("submit", (event) => this.#rename(view, event));
    item.replaceWith(row);
    form.elements.name.select();
  }

  #rename(view, event) {
    event.preventDefault();
    const name = event.target.elements.name.value;
    return this.#try(async () => {
      await this.#api.changeView(view.id, { name });
      await this.#load();
      this.#focus(view.id);
    });
  }

  #delete(view) {
    return this.#try(async () => {
      await this.#api.deleteView(view.id);
      this.#views = this.#views.filter(({ id }) => id !== view.id);
      const row = templateElement("view-deleted");
      const { words, undo } = slotsOf(row);
      showText(words, `“${view.name}” is deleted.`);
      undo.addEventListener("click", () => this.#undo(view));
      this.#paint();
      this.#part("list").append(row);
      undo.focus();
    });
  }

  #undo({ id, name, search }) {
    return this.#try(async () => {
      const view = await this.#api.addView({ name, search });
      if (id === this.#applied) this.#remember(view.id);
      await this.#load();
      this.#focus(view.id);
    });
  }

  #focus(id) {
    const at = this.#views.findIndex((view) => view.id === id);
    this.#part("list").children[at]?.querySelector(".view-apply").focus();
  }

  #part(name) {
    return this.#menu.querySelector(`[data-views-${name}]`);
  }
}
