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
  #way = "none"; // none (hidden), replace, add or reload
  #query = "";
  #question = "";
  #span = 0;
  #last = 0;
  #judged; // count of re-validations
  #isFresh = true;
  #asked = 0; // number of the newest request
  #isAsking = false;
  #isStale = false; // the loaded counts lack something
  #came = []; // rows of frames since the request
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
    this.#way = span ? this.#wayOf(isFilter ? query.trim() : "") : "none";
    this.isFiltered = this.#query !== "";
    this.#cancel();
    if (!this.#isFresh) this.#read();
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
    if (this.#way === "none") return;
    if (isFirst) this.#read();
    else if (this.#way === "read" || !seconds || isOutdated) this.#readSoon();
    else if (this.#isAsking) this.#came.push(...rows);
    else this.#merge(rows);
  }

  #wayOf(query) {
    if (!query) return "stand";
    return query === this.#query ? "add" : "read";
  }

  async #read() {
    this.#cancel();
    if (this.#way === "none") return;
    const asked = this.#asked;
    const askedAt = Date.now();
    this.#isAsking = true;
    const until = this.#way === "add" ? this.#last : 0;
    const params = { q: this.#query, step: 1, count: this.#span + SPARE, until };
    const answer = await this.#api.chart(params).catch((error) => error);
    if (asked !== this.#asked) return;
    this.#isAsking = false;
    if (answer instanceof Error) return this.#failed(answer);
    this.#clock.set(answer.now, askedAt, Date.now());
    this.completeSince = answer.complete_since ?? 0;
    this.#counts.clear();
    this.#counts.put(answer.bars);
    this.#merge(this.#came);
    if (this.#isStale) this.#readIn(PAUSE);
  }

  #cancel() {
    this.#asked += 1;
    this.#isAsking = this.#isStale = false;
    this.#came = [];
    clearTimeout(this.#timer);
    this.#timer = 0;
  }

  #merge(rows) {
    if (this.#way === "add") this.#counts.add(rows);
    else this.#counts.put(rows);
    this.dispatchEvent(new Event("change"));
  }

  // Never during a request: in a fast stream none would complete.
  #readSoon() {
    this.#isStale = true;
    if (!this.#isAsking) this.#readIn(PAUSE);
  }

  #readIn(pause) {
    this.#timer ||= setTimeout(() => this.#read(), pause);
  }

  // The server rejects an invalid query again; show() sets another one.
  #failed({ status }) {
    if (status !== 400) this.#readIn(RETRY);
  }
}
