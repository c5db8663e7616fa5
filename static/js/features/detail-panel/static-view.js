import { templateFragment } from "../../dom/templates.js";

export function plainTitle(text) {
  const title = templateFragment("plain-title");
  title.querySelector("h2").textContent = text;
  return title;
}

// A view whose content is part of the page.
export class StaticView {
  #title;

  constructor(title) {
    this.#title = title;
  }

  open(route, entitle) {
    entitle(plainTitle(this.#title));
  }
}
