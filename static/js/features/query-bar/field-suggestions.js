const LASTS = 10_000; // milliseconds

// Names of fields and their values, for completion; none while they cannot be had.
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
