// The panel beside the list; on a phone it covers the list.
export class SidePanel {
  #workspace;
  #element;
  #divider;
  #list;

  constructor(workspace) {
    this.#workspace = workspace;
    this.#element = workspace.querySelector("[data-panel-element]");
    this.#divider = workspace.querySelector("[data-divider]");
    this.#list = workspace.querySelector("[data-list]");
  }

  get view() {
    return this.#workspace.dataset.panel;
  }

  get isOpen() {
    return this.view !== "closed";
  }

  body(view) {
    return this.#element.querySelector(`[data-view=${view}]`);
  }

  entitle(title) {
    this.#element.querySelector("[data-panel-title]").replaceChildren(title);
  }

  show(view) {
    const wasOpen = this.isOpen;
    this.#workspace.dataset.panel = view;
    this.#element.hidden = this.#divider.hidden = false;
    for (const body of this.#element.querySelectorAll("[data-view]")) {
      body.hidden = body.dataset.view !== view;
    }
    this.#element.querySelector("[data-steps]").hidden = view !== "event";
    this.#cover();
    if (!wasOpen && this.covers) this.#element.focus();
  }

  hide() {
    const hadFocus = this.#element.contains(document.activeElement);
    this.#workspace.dataset.panel = "closed";
    this.#element.hidden = this.#divider.hidden = true;
    this.#cover();
    if (hadFocus) this.#list.querySelector("[data-events]").focus();
  }

  // Enables the buttons to the newer and older event.
  allowSteps(isNewer, isOlder) {
    this.#element.querySelector("[data-step='1']").disabled = !isNewer;
    this.#element.querySelector("[data-step='-1']").disabled = !isOlder;
  }

  // Whether it hides the list, as on a phone.
  get covers() {
    return getComputedStyle(this.#element).position === "fixed";
  }

  #cover() {
    this.#list.inert = this.isOpen && this.covers;
  }
}
