const LASTS = 10_000; // milliseconds

// Field names and values for completion, cached for ten seconds; empty if loading fails.
export class FieldSuggestions {
  #api;
  #fields = Promise.resolve([]);
  #readAt = -Infinity;

  constructor(api) {
    this.#api = api;
  }

  fields() {
    if (performance.now() > this.#readAt + LASTS) {
      this.#readAt = performance.now();
      const before = this.#fields;
      this.#fields = this.#api.fields().catch(() => before);
    }
    return this.#fields;
  }
}
