// The page's state in the query string (q, columns and so on), so that a shared link opens the same
// view. Dispatches "change" with the names whose value changed. The open view is in the hash, see
// route.js.
export class Address extends EventTarget {
  #location;
  #history;
  #seen;

  constructor({ location, history } = globalThis) {
    super();
    this.#location = location;
    this.#history = history;
    this.#seen = this.#params;
  }

  // "" if it is absent.
  get(name) {
    return this.#params.get(name) ?? "";
  }

  // Sets names to values; empty values are removed. `isStep` adds a history entry.
  set(values, { isStep = false } = {}) {
    const params = this.#params;
    for (const [name, value] of Object.entries(values)) {
      if (value) params.set(name, value);
      else params.delete(name);
    }
    const { pathname, hash } = this.#location;
    const query = params.size ? `?${params}` : "";
    const url = pathname + query + hash;
    if (isStep && query !== this.#location.search) this.#history.pushState(null, "", url);
    else this.#history.replaceState(this.#history.state, "", url);
    this.look();
  }

  // Called after the browser went back or forward, too.
  look() {
    const [before, now] = [this.#seen, this.#params];
    this.#seen = now;
    const names = new Set([...before.keys(), ...now.keys()]);
    const changed = [...names].filter((name) => before.get(name) !== now.get(name));
    if (changed.length) this.dispatchEvent(new CustomEvent("change", { detail: changed }));
  }

  get #params() {
    return new URLSearchParams(this.#location.search);
  }
}
