const SENTENCES = {
  0: "The server cannot be reached.",
  401: "You are signed out. Sign in again.",
  403: "You are signed out, or may not see this key pair.",
};

class ApiError extends Error {
  // `answer` is what came with it, if it was JSON.
  constructor(status, answer) {
    super(SENTENCES[status] ?? answer?.error ?? `The server answered ${status}.`);
    this.status = status;
    this.answer = answer;
  }
}

// The error of a failed reply, with the server's own message where it has one.
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

  // Names of fields that were seen, with values.
  async fields() {
    return (await this.#get("fields")).fields;
  }

  // What is wrong with a query: {message, at} in characters; null when nothing is, or nobody knows.
  async mistakeIn(q) {
    const { mistake } = await this.#get("mistake", { q }).catch(() => ({ mistake: null }));
    return mistake;
  }

  // Whether the visitor may not see this key pair, or not any more.
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

  // One HTTP request with its reply, and of its events those next to a number.
  delivery(id, around = 0) {
    return this.#get(`deliveries/${id}`, { around });
  }

  // What the test endpoint would say of a body.
  validate(body, headers, signal) {
    return this.#ask("validate", { limit: 50 }, { method: "POST", body, headers, signal });
  }

  deleteThrough(seq) {
    return this.#ask("events", { through: seq }, { method: "DELETE" });
  }

  // What holds both secrets: for who may see them.
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

  // What is wrong with the text of a plan; nothing is kept.
  checkPlan(text) {
    return this.#ask("plan", { dry: 1 }, { method: "PUT", body: text });
  }

  // `version` is the newest one known; waits so many seconds for stored events to be judged by it.
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

  // A run's report, held back for `wait` seconds while it has that stamp.
  report(id, params = {}) {
    return this.#get(`runs/${id}/report`, params);
  }

  // What a run lacks, has besides, and has differently beside an earlier one.
  comparison(id, earlier) {
    return this.#get(`runs/${id}/comparison`, { with: earlier });
  }

  // Where the browser finds something of this key pair.
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
