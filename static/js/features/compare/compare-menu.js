import { findFirstMatch } from "../../api/find-first-match.js";
import { closeMenu } from "../../ui/menu.js";

// The query for events of the same name.
export function sameNameQuery({ name }) {
  return name ? `name:"${name.replace(/["\\]/g, "\\$&")}"` : "";
}

// Chooses the event to compare with the open one.
export class CompareMenu {
  #root;
  #api;
  #compare;
  #event = null;

  // `tools`: the api, `choose.compare` and `pick`.
  constructor(root, { api, choose, pick }) {
    this.#root = root;
    this.#api = api;
    this.#compare = choose.compare;
    this.#on("valid", () => this.#withFound("verdict:valid"));
    this.#on("previous", () => this.#withFound(""));
    this.#on("pick", () => pick(this.#event.seq));
    root.querySelector("form").addEventListener("submit", (event) => this.#withNumber(event));
    root.addEventListener("toggle", () => this.#say(""));
  }

  show(event) {
    const name = event?.name;
    const same = name ? " with this name" : "";
    this.#event = event;
    this.#word("valid").textContent = `Last valid event${same}`;
    this.#word("previous").textContent = `Previous event${same}`;
    for (const button of this.#root.querySelectorAll("button")) button.disabled = !event;
  }

  #on(what, act) {
    const press = () => {
      if (what === "pick") closeMenu(this.#root.firstElementChild);
      act();
    };
    this.#root.querySelector(`[data-compare-with=${what}]`).addEventListener("click", press);
  }

  #word(what) {
    return this.#root.querySelector(`[data-compare-with=${what}] span`);
  }

  // The newest earlier event; for `valid` the first later one if there is none.
  async #withFound(verdict) {
    const event = this.#event;
    const q = [verdict, sameNameQuery(event)].filter(Boolean).join(" ");
    this.#say("Looking…");
    const found = await this.#find(q, event.seq, verdict !== "").catch((error) => error);
    if (event.seq !== this.#event?.seq) return;
    if (found instanceof Error) this.#say(found.message);
    else if (found) this.#choose(found.seq);
    else this.#say(verdict ? "No valid event found." : "No earlier event found.");
  }

  async #find(q, seq, alsoAfter) {
    const before = await findFirstMatch(this.#api, { q, before: seq, order: "desc" });
    return before ?? (alsoAfter ? findFirstMatch(this.#api, { q, after: seq, order: "asc" }) : undefined);
  }

  #withNumber(event) {
    event.preventDefault();
    const seq = Number(event.target.elements.number.value);
    if (seq === this.#event.seq) this.#say("This event is already open. Enter another number.");
    else this.#choose(seq);
  }

  #choose(seq) {
    closeMenu(this.#root.firstElementChild);
    this.#compare(this.#event.seq, seq);
  }

  #say(text) {
    const note = this.#root.querySelector("[data-compare-note]");
    note.hidden = !text;
    note.textContent = text;
  }
}
