import { findFirstMatch } from "../../api/find-first-match.js";

// Finds the events next to the open one in the order of the list; with a filter, the next matches.
export class AdjacentEvents {
  #api;
  #log;
  #list;
  #address;

  constructor({ api, log, list, address }) {
    this.#api = api;
    this.#log = log;
    this.#list = list;
    this.#address = address;
  }

  // Whether there is a newer and an older event, as far as the list knows.
  exist(seq) {
    const { rows } = this.#list;
    const oldest = rows.findLast(({ kind, isKept }) => kind !== "end" && (kind !== "gap" || isKept));
    return [rows[0]?.seq > seq, oldest !== undefined && (oldest.from ?? oldest.seq) < seq];
  }

  // The number of the next event, the newer one if `step` is 1; undefined at the end. Rejects with
  // an ApiError if the request failed.
  async beside(seq, step) {
    const { rows } = this.#list;
    const at = rows.findIndex((row) => row.kind === "event" && row.seq === seq);
    const next = at < 0 ? { kind: "unknown" } : (rows[at - step] ?? { kind: "end" });
    if (next.kind === "end") return undefined;
    return next.kind === "event" ? next.seq : this.#ask(seq, step);
  }

  async #ask(seq, step) {
    const range = step > 0 ? this.#newer(seq) : { before: seq, after: this.#since, order: "desc" };
    const { query: q } = this.#log;
    return (await findFirstMatch(this.#api, { ...range, ...(q ? { q } : {}) }))?.seq;
  }

  // Excludes events that arrived while the list is paused.
  #newer(seq) {
    const { ceiling } = this.#log;
    return { after: seq, order: "asc", ...(ceiling ? { before: ceiling + 1 } : {}) };
  }

  get #since() {
    return Number(this.#address.get("since")) || 0;
  }
}
