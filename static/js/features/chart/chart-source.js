import { withoutTimeRange } from "../../core/query/query-time-range.js";

const RETRY = 2_000;
const PAUSE = 1_000; // minimum milliseconds between two loads
const SPARE = 60; // extra seconds to load

// Loads the counts from REST when a connection or another query begins, then merges frames. Frames
// carry totals without a filter, and increments with one. A time range in the query does not narrow
// the chart, so the frames lack counts and the chart is reloaded, as after changed verdicts.
// Dispatches "change".
export class ChartSource extends EventTarget {
  isFiltered = false;
  completeSince = 0; // seconds; before it, a filtered chart lacks deleted events
  #api;
  #counts;
  #clock;
  #strategy = "none"; // none (hidden), replace, add or reload
  #query = "";
  #question = "";
  #span = 0;
  #last = 0;
  #judged; // count of re-validations
  #isFresh = true;
  #requestId = 0; // number of the newest request
  #isLoading = false;
  #isStale = false; // the loaded counts lack something
  #pendingRows = []; // rows of frames since the request
  #timer = 0;

  constructor({ api, counts, clock }) {
    super();
    this.#api = api;
    this.#counts = counts;
    this.#clock = clock;
  }

  // Sets the query and the span in seconds; 0 hides the chart. For another query the list goes
  // first: the chart loads after its first frame.
  show(query, mode, span) {
    const question = JSON.stringify([query, mode]);
    if (question !== this.#question) this.#isFresh = true;
    this.#question = question;
    const isFilter = mode !== "highlight";
    this.#query = isFilter ? withoutTimeRange(query) : "";
    this.#span = span;
    this.#strategy = span ? this.#strategyFor(isFilter ? query.trim() : "") : "none";
    this.isFiltered = this.#query !== "";
    this.#cancel();
    if (!this.#isFresh) this.#load();
  }

  // The next frame is the first of a connection.
  renew() {
    this.#isFresh = true;
    this.#cancel();
  }

  take({ seconds, last, judged }) {
    const rows = seconds ?? [];
    const isFirst = this.#isFresh;
    const isOutdated = judged !== this.#judged;
    this.#isFresh = false;
    this.#last = last;
    this.#judged = judged;
    for (const [second] of rows) this.#clock.reach(second * 1000);
    if (this.#strategy === "none") return;
    if (isFirst) this.#load();
    else if (this.#strategy === "reload" || !seconds || isOutdated) this.#loadSoon();
    else if (this.#isLoading) this.#pendingRows.push(...rows);
    else this.#merge(rows);
  }

  #strategyFor(query) {
    if (!query) return "replace";
    return query === this.#query ? "add" : "reload";
  }

  async #load() {
    this.#cancel();
    if (this.#strategy === "none") return;
    const requestId = this.#requestId;
    const sentAt = Date.now();
    this.#isLoading = true;
    const until = this.#strategy === "add" ? this.#last : 0;
    const params = { q: this.#query, step: 1, count: this.#span + SPARE, until };
    const answer = await this.#api.chart(params).catch((error) => error);
    if (requestId !== this.#requestId) return;
    this.#isLoading = false;
    if (answer instanceof Error) return this.#failed(answer);
    this.#clock.set(answer.now, sentAt, Date.now());
    this.completeSince = answer.complete_since ?? 0;
    this.#counts.clear();
    this.#counts.put(answer.bars);
    this.#merge(this.#pendingRows);
    if (this.#isStale) this.#loadIn(PAUSE);
  }

  #cancel() {
    this.#requestId += 1;
    this.#isLoading = this.#isStale = false;
    this.#pendingRows = [];
    clearTimeout(this.#timer);
    this.#timer = 0;
  }

  #merge(rows) {
    if (this.#strategy === "add") this.#counts.add(rows);
    else this.#counts.put(rows);
    this.dispatchEvent(new Event("change"));
  }

  // Never during a request: in a fast stream none would complete.
  #loadSoon() {
    this.#isStale = true;
    if (!this.#isLoading) this.#loadIn(PAUSE);
  }

  #loadIn(pause) {
    this.#timer ||= setTimeout(() => this.#load(), pause);
  }

  // The server rejects an invalid query again; show() sets another one.
  #failed({ status }) {
    if (status !== 400) this.#loadIn(RETRY);
  }
}
