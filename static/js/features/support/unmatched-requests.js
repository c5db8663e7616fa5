import { formatClock } from "../../core/text/format-time.js";
import { slotsOf, templateElement } from "../../dom/templates.js";

const WAIT = 25; // seconds the server holds an answer back
const AGAIN = 5_000; // ms after a failure
const MOST = 200; // rows

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// Unmatched requests, by long polling, newest first.
export class UnmatchedRequests {
  #table;
  #none;
  #live;
  #last;

  constructor(table, { none, live }) {
    this.#table = table;
    this.#none = none;
    this.#live = live;
    this.#last = Number(table.dataset.unmatched);
  }

  async follow() {
    for (;;) {
      const found = await this.#ask();
      this.#live.textContent = found ? "live" : "trying again";
      if (found) this.#show(found);
      else await pause(AGAIN);
    }
  }

  async #ask() {
    try {
      const reply = await fetch(`/api/unmatched-requests?${new URLSearchParams({ after: this.#last, wait: WAIT })}`);
      return reply.ok ? (await reply.json()).unmatched : null;
    } catch {
      return null;
    }
  }

  #show(unmatched) {
    if (!unmatched.length) return;
    this.#last = unmatched[0].id;
    this.#table.hidden = false;
    this.#none.hidden = true;
    const body = this.#table.tBodies[0];
    body.prepend(...unmatched.map(rowOf));
    while (body.rows.length > MOST) body.lastElementChild.remove();
  }
}

function rowOf(request) {
  const row = templateElement("unmatched-request");
  const { time, method, path, dialect, detail, code, pairs, sender, client } = slotsOf(row);
  time.dateTime = request.received_at;
  time.textContent = formatClock(request.received_at);
  method.textContent = request.method;
  path.textContent = request.path;
  dialect.textContent = request.dialect;
  dialect.hidden = !request.dialect;
  detail.textContent = request.detail;
  code.textContent = request.code;
  code.href = `/help/problems#${request.code}`;
  pairs.replaceChildren(...request.pairs.flatMap((pair, index) => [...(index ? [" and "] : []), linkTo(pair)]));
  sender.textContent = request.sender;
  client.textContent = request.client || "no user agent";
  return row;
}

function linkTo({ pk, name }) {
  const link = document.createElement("a");
  link.href = `/pairs/${pk}/`;
  link.textContent = name;
  return link;
}
