import { closeMenu } from "../../ui/menu.js";
import { describeScope, exportScope } from "./export-scope.js";

// Exports in each format, and deletes. `kept()` returns the range of stored numbers, {first, last};
// `columns()` the columns of a CSV, "" for the defaults.
export class MoreMenu {
  #menu;
  #options;

  constructor(menu, options) {
    this.#menu = menu;
    this.#options = options;
    menu.addEventListener("toggle", () => menu.open && this.#paint());
    for (const item of menu.querySelectorAll("[data-export-format]")) {
      item.addEventListener("click", () => this.#export(item.dataset.exportFormat));
    }
    menu.querySelector("[data-delete]").addEventListener("click", () => this.#delete());
  }

  #paint() {
    const kept = this.#options.kept();
    const words = describeScope(exportScope(this.#options.address), kept);
    this.#menu.querySelector("[data-export-scope]").textContent = words;
    this.#menu.querySelector("[data-delete]").disabled = !kept.first;
  }

  #export(format) {
    const { api, address, exporter, columns } = this.#options;
    const params = { format, ...exportScope(address) };
    if (format === "csv" && columns()) params.columns = columns();
    this.#close();
    exporter.start(format, api.address("export", params));
  }

  #delete() {
    this.#close();
    this.#options.deletion.ask();
  }

  #close() {
    closeMenu(this.#menu);
    this.#menu.querySelector("summary").focus();
  }
}
