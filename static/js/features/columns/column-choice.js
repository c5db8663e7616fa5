import { readStorage, writeStorage } from "../../dom/safe-storage.js";
import { formatColumnNames, parseColumnNames } from "./columns.js";

const MIN_WIDTH = 40; // pixels
const MAX_WIDTH = 1_200;

function widthsFrom(text) {
  try {
    const entries = Object.entries(JSON.parse(text) ?? {});
    return Object.fromEntries(entries.filter(([, width]) => width >= MIN_WIDTH && width <= MAX_WIDTH));
  } catch {
    return {};
  }
}

// The chosen columns, their order and widths, read from the address or else from the last choice
// for this key pair. Dispatches "change".
export class ColumnChoice extends EventTarget {
  names;
  widths;
  #address;
  #pair;

  constructor(address, pair) {
    super();
    this.#address = address;
    this.#pair = pair;
    this.widths = widthsFrom(readStorage(`widths-${pair}`));
    this.names = parseColumnNames(address.get("columns") || readStorage(`columns-${pair}`) || "");
    this.#writeAddress();
    address.addEventListener("change", ({ detail }) => detail.includes("columns") && this.#follow());
  }

  get isUsual() {
    return formatColumnNames(this.names) === "" && !Object.keys(this.widths).length;
  }

  // The columns are in the address, so that a shared link shows the same ones.
  #writeAddress() {
    this.#address.set({ columns: formatColumnNames(this.names) });
  }

  choose(names) {
    writeStorage(`columns-${this.#pair}`, formatColumnNames(names));
    this.names = names;
    this.#writeAddress();
    this.#dispatch();
  }

  // In pixels; null means the default width of the column.
  draw(name, width) {
    const { [name]: _, ...widths } = this.widths;
    if (width !== null) widths[name] = Math.round(Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, width)));
    this.widths = widths;
    writeStorage(`widths-${this.#pair}`, JSON.stringify(widths));
    this.dispatchEvent(new Event("widths"));
  }

  reset() {
    for (const name of Object.keys(this.widths)) this.draw(name, null);
    this.choose(parseColumnNames(""));
  }

  #follow() {
    const names = parseColumnNames(this.#address.get("columns"));
    if (formatColumnNames(names) === formatColumnNames(this.names)) return;
    this.names = names;
    this.#dispatch();
  }

  #dispatch() {
    this.dispatchEvent(new Event("change"));
  }
}
