import { showToast } from "../../ui/toast.js";
import { MaskedCode } from "./masked-code.js";
import { SampleSender } from "./sample-sender.js";
import { Snippets } from "./snippets.js";

const WORDS = { true: "Hide keys", false: "Reveal keys" };

// Endpoint, sample buttons and snippets in one place of the page.
export class SendBlock {
  #button;
  #parts;
  #secrets;

  // `shown`: endpoint and languages with masked keys, and the names of faults.
  constructor(root, { shown, secrets, tools }) {
    this.#secrets = secrets;
    const endpoint = new MaskedCode(root.querySelector("[data-endpoint]"), secrets);
    endpoint.show(shown.endpoint, (known) => known.endpoint);
    const snippets = new Snippets(root.querySelector("[data-snippets]"), shown.languages, secrets);
    this.#parts = [endpoint, snippets];
    this.#button = root.querySelector("[data-reveal]");
    this.#button.addEventListener("click", () => this.#turn());
    new SampleSender(root, shown.faults, { secrets, ...tools });
  }

  async #turn() {
    const isRevealed = this.#button.ariaPressed !== "true";
    try {
      if (isRevealed) await this.#secrets.unlock();
    } catch (error) {
      showToast({ textContent: error.message, dataset: { state: "failed" } });
      return;
    }
    this.#button.ariaPressed = isRevealed;
    this.#button.querySelector("span").textContent = WORDS[isRevealed];
    for (const part of this.#parts) part.reveal(isRevealed);
  }
}
