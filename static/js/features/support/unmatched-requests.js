import { formatClock } from "../../core/text/format-time.js";
import { slotsOf, templateElement } from "../../dom/templates.js";

const WAIT = 25; // seconds the server holds an answer back
const AGAIN = 5_000; // ms after a failure
const MOST = 200; // rows

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// Requests that match no key pair, by long polling, newest first.
export class UnmatchedRequests {
  #table;
  #none;
  #live;
  #last;

  constructor(table, { none, live }) {
    this.#table = table;
    this.#none = none;
    this.#live = live;
    this.#last = Number(table.dataset.strays);
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
      const reply = await fetch(`/api/strays?${new URLSearchParams({ after: this.#last, wait: WAIT })}`);
      return reply.ok ? (await reply.json()).strays : null;
    } catch {
      return null;
    }
  }

  #show(strays) {
    if (!strays.length) return;
    this.#last = strays[0].id;
    this.#table.hidden = false;
    this.#none.hidden = true;
    const body = this.#table.tBodies[0];
    body.prepend(...strays.map(rowOf));
    while (body.rows.length > MOST) body.lastElementChild.remove();
  }
}

function rowOf(stray) {
  const row = templateElement("stray");
  const { time, method, path, dialect, detail, code, pairs, sender, client } = slotsOf(row);
  time.dateTime = stray.received_at;
  time.textContent = formatClock(stray.received_at);
  method.textContent = stray.method;
  path.textContent = stray.path;
  dialect.textContent = stray.dialect;
  dialect.hidden = !stray.dialect;
  detail.textContent = stray.detail;
  code.textContent = stray.code;
  code.href = `/help/problems#${stray.code}`;
  pairs.replaceChildren(...stray.pairs.flatMap((pair, index) => [...(index ? [" and "] : []), linkTo(pair)]));
  sender.textContent = stray.sender;
  client.textContent = stray.client || "no user agent";
  return row;
}

function linkTo({ pk, name }) {
  const link = document.createElement("a");
  link.href = `/pairs/${pk}/`;
  link.textContent = name;
  return link;
}
