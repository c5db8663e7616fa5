import { withoutTimeRange } from "../../core/query/query-time-range.js";

const RETRY = 2_000;
const PAUSE = 1_000; // between two readings while events pour in
const SPARE = 60; // seconds more than are shown

// Fills the counts: reads all that is shown from REST when a connection or another query begins, then merges
// frames. Without a filter frames carry totals, with one additions. A time range in the query does not narrow
// the chart; the frames then lack what it needs, and it is read again, as when verdicts of stored events
// change. Dispatches "change".
export class ChartSource extends EventTarget {
  isFiltered = false;
  completeSince = 0; // seconds; before it, counts of a filtered chart lack what is no longer kept
  #api;
  #counts;
  #clock;
  #way = "none"; // none: nothing is shown; stand, add or read
  #query = "";
  #question = "";
  #span = 0;
  #last = 0;
  #judged; // how often stored events got other verdicts
  #isFresh = true;
  #asked = 0; // number of the newest question
  #isAsking = false;
  #isStale = false; // what was read last lacks something
  #came = []; // rows of frames since the question
  #timer = 0;

  constructor({ api, counts, clock }) {
    super();
    this.#api = api;
    this.#counts = counts;
    this.#clock = clock;
  }

  // What is to be counted: seconds back from now, 0 for nothing. Of another question the list comes
  // first: the chart is read after its first frame.
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

  // Never while an answer is awaited: in a flood there would be none.
  #readSoon() {
    this.#isStale = true;
    if (!this.#isAsking) this.#readIn(PAUSE);
  }

  #readIn(pause) {
    this.#timer ||= setTimeout(() => this.#read(), pause);
  }

  // A query that the server does not understand fails again; another one comes by show().
  #failed({ status }) {
    if (status !== 400) this.#readIn(RETRY);
  }
}
