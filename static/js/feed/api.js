const SENTENCES = {
  0: "The server cannot be reached.",
  401: "You are signed out. Sign in again.",
  403: "You are signed out, or may not see this key pair.",
  404: "This event is no longer kept.",
};

export class ApiError extends Error {
  constructor(status) {
    super(SENTENCES[status] ?? `The server answered ${status}.`);
    this.status = status;
  }
}

// REST for one key pair.
export class Api {
  #root;
  #pair;

  constructor(root, pair) {
    this.#root = root;
    this.#pair = pair;
  }

  events(params) {
    return this.#get("events", params);
  }

  event(seq) {
    return this.#get(`events/${seq}`);
  }

  checklist() {
    return this.#get("checklist");
  }

  refused(limit) {
    return this.#get("deliveries", { refused: 1, limit });
  }

  chart(params) {
    return this.#get("chart", params);
  }

  coverage() {
    return this.#get("coverage");
  }

  // One HTTP request with its reply, and of its events those next to a number.
  delivery(id, around = 0) {
    return this.#get(`deliveries/${id}`, { around });
  }

  // What the test endpoint would say of a body.
  validate(body, headers, signal) {
    return this.#ask("validate", { limit: 50 }, { method: "POST", body, headers, signal });
  }

  #get(path, params) {
    return this.#ask(path, params);
  }

  async #ask(path, params = {}, options = {}) {
    const query = new URLSearchParams({ pair: this.#pair, ...params });
    const url = `${this.#root}${path}?${query}`;
    const reply = await fetch(url, options).catch(() => ({ status: 0 }));
    if (!reply.ok) throw new ApiError(reply.status);
    return reply.json();
  }
}
