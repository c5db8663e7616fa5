import { copyWithFeedback } from "../../ui/copy-button.js";
import { closeMenu } from "../../ui/menu.js";
import { CompareMenu } from "../compare/compare-menu.js";
import { curlWithKeys } from "../send/secrets.js";
import { COPY_FORMATS, obstacleToCopy } from "./copy-formats.js";

// Actions on the open event in every tab: copy, compare.
export class EventActions {
  #root;
  #secrets;
  #compare;
  #event = null;

  constructor(root, tools) {
    this.#root = root;
    this.#secrets = tools.secrets;
    this.#compare = new CompareMenu(root.querySelector("[data-compare-menu]"), tools);
    for (const button of this.#buttons) {
      button.addEventListener("click", () => this.copy(button.dataset.copyWhat));
    }
  }

  // null until it is loaded
  show(event) {
    this.#event = event;
    this.#compare.show(event);
    for (const button of this.#buttons) {
      const obstacle = event ? obstacleToCopy(button.dataset.copyWhat, event) : "Nothing is loaded yet.";
      button.disabled = obstacle !== "";
      button.title = obstacle || button.dataset.says;
    }
  }

  // The copy button, which is always in view, confirms every format.
  copy(what) {
    const button = this.#root.querySelector(`[data-copy-what=${what}]`);
    if (button.disabled) return;
    if (button.closest("[data-menu]")) closeMenu(button);
    copyWithFeedback(this.#root.querySelector("[data-copy-what=raw]"), this.#textOf(what));
  }

  #textOf(what) {
    return what === "curl" ? curlWithKeys(this.#secrets, this.#event.raw) : COPY_FORMATS[what](this.#event);
  }

  get #buttons() {
    return this.#root.querySelectorAll("[data-copy-what]");
  }
}
