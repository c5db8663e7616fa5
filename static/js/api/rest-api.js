const SENTENCES = {
  0: "The server cannot be reached.",
  401: "You are signed out. Sign in again.",
  403: "You are signed out or have no access to this key pair.",
};

class ApiError extends Error {
  // `answer` is the JSON body, if there was one.
  constructor(status, answer) {
    super(SENTENCES[status] ?? answer?.error ?? `The server answered ${status}.`);
    this.status = status;
    this.answer = answer;
  }
}

// The error of a failed reply, with the server's own message if present.
export async function errorFromReply(reply) {
  const answer = await reply.json?.().catch(() => null);
  return new ApiError(reply.status, answer);
}

function asJson(method, content) {
  return { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(content) };
}

// The REST API of one key pair.
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

  // The names of fields in stored events, with values.
  async fields() {
    return (await this.#get("fields")).fields;
  }

  // The error in a query: {message, at} in characters; null if it is valid or could not be checked.
  async mistakeIn(q) {
    const { mistake } = await this.#get("mistake", { q }).catch(() => ({ mistake: null }));
    return mistake;
  }

  // Whether the visitor has no access to this key pair, or lost it.
  async isRefused() {
    const { status } = await fetch(this.address("mistake")).catch(() => ({ status: 0 }));
    return [401, 403, 404].includes(status);
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

  // One HTTP request with its reply, and its events around a sequence number.
  delivery(id, around = 0) {
    return this.#get(`deliveries/${id}`, { around });
  }

  // The reply that the test endpoint would give to a body.
  validate(body, headers, signal) {
    return this.#ask("validate", { limit: 50 }, { method: "POST", body, headers, signal });
  }

  deleteThrough(seq) {
    return this.#ask("events", { through: seq }, { method: "DELETE" });
  }

  // The texts that contain both secrets; requires the right to see them.
  secrets() {
    return this.#ask("keys", {}, { method: "POST" });
  }

  views() {
    return this.#get("views");
  }

  addView(view) {
    return this.#ask("views", {}, asJson("POST", view));
  }

  changeView(id, changes) {
    return this.#ask(`views/${id}`, {}, asJson("PUT", changes));
  }

  deleteView(id) {
    return this.#ask(`views/${id}`, {}, { method: "DELETE" });
  }

  plan(version) {
    return this.#get("plan", { version });
  }

  planVersions() {
    return this.#get("plan/versions");
  }

  inferredPlan() {
    return this.#get("plan/inferred");
  }

  // Checks the text of a plan without saving it.
  checkPlan(text) {
    return this.#ask("plan", { dry: 1 }, { method: "PUT", body: text });
  }

  // `version` is the newest version that the page knows. Waits up to `wait` seconds until stored
  // events are re-validated.
  putPlan(text, version, wait) {
    return this.#ask("plan", { version, wait }, { method: "PUT", body: text });
  }

  beginRun(run) {
    return this.#ask("runs", {}, asJson("POST", run));
  }

  changeRun(id, changes) {
    return this.#ask(`runs/${id}`, {}, asJson("PUT", changes));
  }

  finishRun(id) {
    return this.#ask(`runs/${id}/finish`, {}, { method: "POST" });
  }

  // The report of a run. The server delays the reply by up to `wait` seconds while the stamp is
  // unchanged.
  report(id, params = {}) {
    return this.#get(`runs/${id}/report`, params);
  }

  // The differences from an earlier run: missing, added and changed.
  comparison(id, earlier) {
    return this.#get(`runs/${id}/comparison`, { with: earlier });
  }

  // The URL of a resource of this key pair.
  address(path, params = {}) {
    return `${this.#root}${path}?${new URLSearchParams({ pair: this.#pair, ...params })}`;
  }

  #get(path, params) {
    return this.#ask(path, params);
  }

  async #ask(path, params = {}, options = {}) {
    const url = this.address(path, params);
    const reply = await fetch(url, options).catch(() => ({ status: 0 }));
    if (!reply.ok) throw await errorFromReply(reply);
    return reply.json();
  }
}
