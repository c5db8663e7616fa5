// The page's state in the query string: q, columns and so on, so that a link shows a colleague the same.
// Dispatches "change" with the names whose value changed. The open view is in the hash, see route.js.
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

  // "" when it is not there.
  get(name) {
    return this.#params.get(name) ?? "";
  }

  // Sets names to values; an empty one is left out of the address. A step can be gone back.
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

  // After the browser went back or forward.
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
