import { formatCount, pluralize } from "../../core/text/format-count.js";
import { showText } from "../../dom/show-text.js";
import { templateElement } from "../../dom/templates.js";

const LINES = {
  connecting: ["Connecting…", "Events show up here once this page is connected."],
  reconnecting: ["Not connected", "The server does not answer. This page keeps trying."],
  "signed-out": ["Signed out", "Sign in again to see this stream."],
  "over-limit": ["Not live", ""],
};
const NEW_EVENTS = "New ones appear here immediately.";

const WITHOUT_REASON = "Requests arrived, but all of them were refused.";

const are = (n) => (n === 1 ? "is" : "are");
const why = (refused) => ({ href: "#refused", words: `${pluralize(refused, "refused request")}: see why` });

function disabled({ refused }) {
  const text = "Every request is refused. Enable it, or use another key pair.";
  return { state: "disabled", title: "This key pair is disabled", text, link: refused ? why(refused) : {} };
}

function waiting() {
  const text = "Connected. Events that you send appear here immediately.";
  return { state: "live", title: "Waiting for the first event…", text };
}

function refusedOnly({ refused, reason }) {
  return { state: "refused", title: "Nothing accepted yet", text: reason || WITHOUT_REASON, link: why(refused) };
}

function pruned({ received, days, most }) {
  const rule = `Events are kept for ${pluralize(days, "day")}, the newest ${formatCount(most)} of them, unless they are deleted.`;
  const title = received === 1 ? "The event is not kept any more" : "No event is kept any more";
  const were = received === 1 ? "was" : "were";
  const text = `${pluralize(received, "event")} ${were} received. ${rule} ${NEW_EVENTS}`;
  return { state: "pruned", title, text };
}

function cleared({ first, last }) {
  const hidden = last - first + 1;
  const text = `${pluralize(hidden, "event")} up to No. ${formatCount(last)} ${are(hidden)} hidden, not deleted. ${NEW_EVENTS}`;
  return { state: "cleared", title: "View cleared", text, link: { action: "since", words: "Show all again" } };
}

function filteredOut({ received, nested }) {
  const places = nested.map(({ field, place, isAlso }) => `“${field}” is ${isAlso ? "also " : ""}at ${place}.`);
  const none = `No stored event matches the query (${formatCount(received)} received in total).`;
  const text = [none, ...places, NEW_EVENTS].join(" ");
  const offers = nested.map(({ query }) => query);
  return { state: "filtered", title: "No event matches", text, link: { action: "q", words: "Show all events" }, offers };
}

function nothingReceived(situation) {
  if (situation.isDisabled) return disabled(situation);
  return situation.refused ? refusedOnly(situation) : waiting();
}

// Why the list is empty: {state, title, text, link, offers}; null if it has rows, or if the reader
// paused before the first event. `offers` are queries to try instead. `line` is the state of the
// feed, `isBare` means that the list has no rows. Pure.
export function emptyStateOf(situation) {
  const { line, isBare, isFiltered, received, first, last, since } = situation;
  const isCleared = since > 0 && since >= last && last > 0;
  if (!isBare && !isCleared) return null;
  if (line !== "live") {
    const [title, text] = LINES[line];
    return { state: line, title, text: text || situation.limit };
  }
  if (received === 0) return nothingReceived(situation);
  if (first === 0) return pruned(situation);
  if (isCleared) return cleared(situation);
  return isFiltered ? filteredOut(situation) : null;
}

// Shows the reason in place of an empty list. Dispatches "action" with the name to remove from the
// address, and "query" with a query to set.
export class EmptyState extends EventTarget {
  #root;
  #grid;
  #action = "";
  #offered = "";

  constructor(root, grid) {
    super();
    this.#root = root;
    this.#grid = grid;
    this.#part("action").addEventListener("click", () => {
      this.dispatchEvent(new CustomEvent("action", { detail: this.#action }));
    });
  }

  paint(situation) {
    const reason = emptyStateOf(situation);
    this.#root.hidden = reason === null;
    this.#grid.hidden = reason !== null;
    if (reason) this.#say(reason);
  }

  #part(name) {
    return this.#root.querySelector(`[data-empty-${name}]`);
  }

  // Unchanged buttons stay, so that they keep the focus.
  #offer(queries) {
    if (this.#offered === queries.join("\n")) return;
    this.#offered = queries.join("\n");
    this.#part("offers").replaceChildren(...queries.map((query) => this.#offerOf(query)));
  }

  #offerOf(query) {
    const button = templateElement("empty-offer");
    showText(button.querySelector("code"), query);
    button.addEventListener("click", () => this.dispatchEvent(new CustomEvent("query", { detail: query })));
    return button;
  }

  #say({ state, title, text, link = {}, offers = [] }) {
    this.#offer(offers);
    this.#root.dataset.state = this.#part("state").dataset.state = state;
    this.#part("title").textContent = title;
    showText(this.#part("text"), text);
    this.#part("refused").hidden = !link.href;
    this.#part("refused-word").textContent = link.words ?? "";
    this.#part("action").hidden = !link.action;
    this.#part("action").textContent = link.words ?? "";
    this.#action = link.action ?? "";
  }
}
