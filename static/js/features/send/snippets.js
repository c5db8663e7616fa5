import { readStorage, writeStorage } from "../../dom/safe-storage.js";
import { templateElement } from "../../dom/templates.js";
import { MaskedCode } from "./masked-code.js";
import { choiceName, findChoice, tabAfter, textIn, variantOf } from "./snippet-choice.js";

const REMEMBERED = "snippet";

// Tabs by language, the variants of a language, and the program.
export class Snippets {
  #root;
  #languages;
  #code;
  #tabs;
  #choice;

  constructor(root, languages, secrets) {
    this.#root = root;
    this.#languages = languages;
    this.#code = new MaskedCode(root, secrets);
    this.#tabs = languages.map((language) => this.#tabOf(language));
    const list = this.#find("languages");
    list.replaceChildren(...this.#tabs);
    list.addEventListener("keydown", (event) => this.#turn(event));
    this.#show(findChoice(languages, readStorage(REMEMBERED)));
  }

  reveal(isRevealed) {
    this.#code.reveal(isRevealed);
  }

  #find(name) {
    return this.#root.querySelector(`[data-${name}]`);
  }

  #tabOf(language) {
    const tab = templateElement("snippet-tab");
    const panel = this.#find("snippet");
    tab.textContent = language.language;
    tab.id = `${panel.id}-${language.language}`;
    tab.setAttribute("aria-controls", panel.id);
    tab.addEventListener("click", () => this.#choose({ language, variant: language.variants[0] }));
    return tab;
  }

  #turn(event) {
    const index = tabAfter(event.key, this.#tabs.indexOf(event.target), this.#tabs.length);
    if (index === undefined) return;
    event.preventDefault();
    this.#tabs[index].focus();
    this.#tabs[index].click();
  }

  #choose(choice) {
    writeStorage(REMEMBERED, choiceName(choice));
    this.#show(choice);
  }

  #show(choice) {
    this.#choice = choice;
    const { language, variant } = choice;
    for (const [index, tab] of this.#tabs.entries()) {
      const isChosen = this.#languages[index] === language;
      tab.setAttribute("aria-selected", isChosen);
      tab.tabIndex = isChosen ? 0 : -1;
      if (isChosen) this.#find("snippet").setAttribute("aria-labelledby", tab.id);
    }
    this.#showVariants(language);
    this.#find("how").textContent = variant.how;
    this.#code.show(variant.masked, ({ languages }) => textIn(languages, choice));
  }

  #showVariants(language) {
    const isOne = language.variants.length < 2;
    const buttons = isOne ? [] : language.variants.map(({ title }) => this.#buttonOf(title));
    const focused = document.activeElement?.dataset.title;
    const place = this.#find("variants");
    const hadFocus = place.contains(document.activeElement);
    place.replaceChildren(...buttons);
    if (hadFocus) buttons.find(({ dataset }) => dataset.title === focused)?.focus();
  }

  #buttonOf(title) {
    const { language, variant } = this.#choice;
    const button = templateElement("snippet-variant");
    button.textContent = button.dataset.title = title;
    button.ariaPressed = title === variant.title;
    button.addEventListener("click", () => this.#choose({ language, variant: variantOf(language, title) }));
    return button;
  }
}
