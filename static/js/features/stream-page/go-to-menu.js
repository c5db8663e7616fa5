import { closeMenu } from "../../ui/menu.js";

// Goes to an event by number, or to either end. Calls `go` with the number; 0 is the newest.
export class GoToMenu {
  #form;
  #log;
  #go;

  constructor(menu, log, go) {
    this.#form = menu.querySelector("form");
    this.#log = log;
    this.#go = go;
    this.#form.addEventListener("submit", (event) => this.#submitted(event));
    menu.querySelector("[data-go=oldest]").addEventListener("click", () => this.#leave(Math.max(1, log.first)));
    menu.querySelector("[data-go=newest]").addEventListener("click", () => this.#leave(0));
    menu.addEventListener("toggle", () => menu.open && this.#opened());
  }

  #opened() {
    const { seq } = this.#form.elements;
    seq.max = this.#log.last;
    seq.focus();
    seq.select();
  }

  #submitted(event) {
    event.preventDefault();
    this.#leave(Number(this.#form.elements.seq.value));
  }

  #leave(seq) {
    closeMenu(this.#form);
    document.querySelector("[data-events]").focus();
    this.#go(seq);
  }
}
