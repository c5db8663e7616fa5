import { foldIntoGroups } from "./event-groups.js";
import { withoutLooseEnd } from "./list-rows.js";

const MOST_IDS = 5_000;

// Whether bursts are grouped (kept in the address) and which groups are open. Dispatches "change".
export class Grouping extends EventTarget {
  #address;
  #ids = new Map(); // window and kind → a stable number
  #open = new Set();
  #plain = null;
  #rows = [];

  constructor(address) {
    super();
    this.#address = address;
    address.addEventListener("change", ({ detail }) => detail.includes("group") && this.#dispatch());
  }

  get isOn() {
    return this.#address.get("group") === "1";
  }

  turn(isOn = !this.isOn) {
    this.#open.clear();
    this.#address.set({ group: isOn ? "1" : "" });
  }

  // Opens or closes a group.
  toggle({ id, isOpen }) {
    if (isOpen) this.#open.delete(id);
    else this.#open.add(id);
    this.#dispatch();
  }

  // Converts plain rows to the shown rows.
  rows(plain) {
    if (plain !== this.#plain) this.#rows = withoutLooseEnd(this.isOn ? this.#grouped(plain) : plain);
    this.#plain = plain;
    return this.#rows;
  }

  #grouped(plain) {
    return foldIntoGroups(plain, (key) => this.#idFor(key), (id) => this.#open.has(id));
  }

  #idFor(key) {
    if (!this.#ids.has(key)) this.#ids.set(key, this.#ids.size + 1);
    return this.#ids.get(key);
  }

  #dispatch() {
    this.#plain = null;
    if (this.#ids.size > MOST_IDS) this.#forget();
    this.dispatchEvent(new Event("change"));
  }

  #forget() {
    this.#ids.clear();
    this.#open.clear();
  }
}
