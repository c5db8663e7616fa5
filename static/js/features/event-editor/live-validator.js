const REST = 250; // ms after the last key press before validation

// Validates a text while it is edited, debounced; only the newest text counts. Dispatches "asked",
// "answered" and "failed".
export class LiveValidator extends EventTarget {
  #api;
  #headers;
  #timer = 0;
  #abort = null;

  constructor(api, headers) {
    super();
    this.#api = api;
    this.#headers = headers;
  }

  check(text, rest = REST) {
    this.stop();
    this.#timer = setTimeout(() => this.#ask(text), rest);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#abort?.abort();
    this.#abort = null;
  }

  async #ask(text) {
    const abort = (this.#abort = new AbortController());
    this.#dispatch("asked");
    try {
      const answer = await this.#api.validate(text, this.#headers, abort.signal);
      if (!abort.signal.aborted) this.#dispatch("answered", { text, answer });
    } catch (error) {
      if (!abort.signal.aborted) this.#dispatch("failed", error);
    }
  }

  #dispatch(what, detail) {
    this.dispatchEvent(new CustomEvent(what, { detail }));
  }
}
