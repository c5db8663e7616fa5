import { formatCount, pluralize } from "../../core/text/format-count.js";
import { showToast } from "../../ui/toast.js";

// Confirms and deletes all events up to the newest one shown.
export class DeleteDialog {
  #dialog;
  #options;
  #through = 0;

  constructor(dialog, options) {
    this.#dialog = dialog;
    this.#options = options;
    this.#part("go").addEventListener("click", () => this.#delete());
  }

  ask() {
    const { first, last } = this.#options.kept();
    const many = pluralize(last + 1 - first, "event");
    this.#through = last;
    this.#part("title").textContent = `Delete ${many}?`;
    this.#part("range").textContent = first === last ? `No. ${formatCount(last)}` : `No. ${formatCount(first)} to ${formatCount(last)}`;
    this.#part("filter").hidden = !this.#options.isNarrowed();
    this.#part("go-word").textContent = `Delete ${many}`;
    this.#become("asking");
    this.#dialog.showModal();
    this.#part("cancel").focus(); // a second Enter must not delete
  }

  async #delete() {
    this.#become("deleting");
    try {
      const { deleted } = await this.#options.api.deleteThrough(this.#through);
      this.#dialog.close();
      const message = `${pluralize(deleted, "event was", "events were")} deleted; counts stay.`;
      showToast({ textContent: message, dataset: { state: "accepted" } });
      document.dispatchEvent(new CustomEvent("announce", { detail: message }));
    } catch (error) {
      this.#become("failed", `${error.message} Some events may already be deleted: press again to continue.`);
    }
  }

  #become(state, words = "") {
    this.#dialog.dataset.state = state;
    this.#part("go").disabled = state === "deleting";
    this.#part("error").textContent = words;
    this.#part("error").hidden = !words;
    if (state === "deleting") this.#part("go-word").textContent = "Deleting…";
    if (state === "failed") this.#part("go-word").textContent = "Delete";
  }

  #part(name) {
    return this.#dialog.querySelector(`[data-delete-${name}]`);
  }
}
