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

  refused(limit) {
    return this.#get("deliveries", { refused: 1, limit });
  }

  async #get(path, params = {}) {
    const query = new URLSearchParams({ pair: this.#pair, ...params });
    const reply = await fetch(`${this.#root}${path}?${query}`).catch(() => ({ status: 0 }));
    if (!reply.ok) throw new ApiError(reply.status);
    return reply.json();
  }
}
