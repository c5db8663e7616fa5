import { nestedFields } from "../../core/query/nested-fields.js";

// Searches the known fields for those that a query without matches may mean. Dispatches "found".
export class NestedFieldSearch extends EventTarget {
  #fields;
  #query = "";
  #found = [];

  // `fields` resolves to the known fields.
  constructor(fields) {
    super();
    this.#fields = fields;
  }

  // The fields found so far; the search for another query begins here.
  of(query) {
    if (query !== this.#query) this.#search(query);
    return this.#found;
  }

  async #search(query) {
    this.#query = query;
    this.#found = [];
    const fields = await this.#fields();
    if (query !== this.#query) return;
    this.#found = nestedFields(
      query,
      fields.map(({ name }) => name),
    );
    if (this.#found.length) this.dispatchEvent(new CustomEvent("found"));
  }
}
