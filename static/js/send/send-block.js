import { MaskedCode } from "./masked-code.js";
import { Samples } from "./samples.js";
import { Snippets } from "./snippets.js";

const WORDS = { true: "Hide keys", false: "Reveal keys" };

// Endpoint, buttons and snippets at one place of the page.
export class SendBlock {
  #button;
  #parts;

  // `shown`: endpoint and languages; `samples`: what the buttons send.
  constructor(root, { shown, samples, tools }) {
    const endpoint = new MaskedCode(root.querySelector("[data-endpoint]"));
    endpoint.show(shown.endpoint);
    const snippets = new Snippets(root.querySelector("[data-snippets]"), shown.languages);
    this.#parts = [endpoint, snippets];
    this.#button = root.querySelector("[data-reveal]");
    this.#button.addEventListener("click", () => this.#turn());
    new Samples(root, samples, tools);
  }

  #turn() {
    const isRevealed = this.#button.ariaPressed !== "true";
    this.#button.ariaPressed = isRevealed;
    this.#button.querySelector("span").textContent = WORDS[isRevealed];
    for (const part of this.#parts) part.reveal(isRevealed);
  }
}
