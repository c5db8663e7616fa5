import { timeStyle } from "../../core/text/format-time.js";
import { readStorage, writeStorage } from "../../dom/safe-storage.js";
import { closeMenu } from "../../ui/menu.js";

const WORDS = { local: "Local time", utc: "UTC", relative: "How long ago" };

// Chooses the time format: local, UTC or relative. Kept in the address and in storage.
export class TimeStyleMenu {
  #menu;
  #address;

  constructor(menu, address) {
    this.#menu = menu;
    this.#address = address;
    menu.addEventListener("click", ({ target }) => this.#clicked(target.closest("[data-time]")));
    address.addEventListener("change", ({ detail }) => detail.includes("time") && this.#follow());
    timeStyle.set(address.get("time") || readStorage("time"));
    this.#writeAddress();
    this.#paint();
  }

  #writeAddress() {
    this.#address.set({ time: timeStyle.value === "local" ? "" : timeStyle.value });
  }

  #clicked(item) {
    if (!item) return;
    writeStorage("time", item.dataset.time);
    timeStyle.set(item.dataset.time);
    this.#writeAddress();
    this.#paint();
    closeMenu(item);
    this.#menu.querySelector("summary").focus();
  }

  #follow() {
    timeStyle.set(this.#address.get("time"));
    this.#paint();
  }

  #paint() {
    this.#menu.querySelector("[data-time-word]").textContent = WORDS[timeStyle.value];
    for (const item of this.#menu.querySelectorAll("[data-time]")) {
      item.ariaPressed = item.dataset.time === timeStyle.value;
    }
  }
}
