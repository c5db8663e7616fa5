import { columnPath, isPathColumn } from "./columns.js";
import { cachePathValues, pathValuesOf } from "./path-values.js";

const PART = 20; // rows per request; each text can have a mebibyte
const PAUSE = 5_000; // milliseconds after a failure

// Loads the texts that frames omit, for rows in view, if a column shows a path into them. Only the
// values are kept.
export class LongTextLoader {
  #api;
  #log;
  #list;
  #choice;
  #isBusy = false;

  constructor(api, log, list, choice) {
    this.#api = api;
    this.#log = log;
    this.#list = list;
    this.#choice = choice;
    list.addEventListener("painted", () => this.#look());
  }

  async #look() {
    const paths = this.#choice.names.filter(isPathColumn).map(columnPath);
    if (!paths.length || this.#isBusy) return;
    const wanted = this.#wanted(paths);
    if (!wanted.length) return;
    this.#isBusy = true;
    await this.#load(wanted, paths).catch(() => new Promise((done) => setTimeout(done, PAUSE)));
    this.#isBusy = false;
    this.#list.refill();
    this.#look();
  }

  #wanted(paths) {
    const events = this.#list.near(0).flatMap(({ event }) => event ?? []);
    return events.filter((event) => event.raw == null && !pathValuesOf(event, paths)).slice(0, PART);
  }

  // Events that are no longer stored have no values.
  async #load(wanted, paths) {
    const seqs = wanted.map(({ seq }) => seq);
    const range = { after: Math.min(...seqs) - 1, before: Math.max(...seqs) + 1, limit: 3 * PART };
    const { events } = await this.#api.events({ ...range, ...(this.#log.query && { q: this.#log.query }) });
    const texts = new Map(events.map(({ seq, raw }) => [seq, raw ?? ""]));
    for (const event of wanted) {
      if (texts.has(event.seq) || !events.length) cachePathValues(event, texts.get(event.seq) ?? "", paths);
    }
  }
}
