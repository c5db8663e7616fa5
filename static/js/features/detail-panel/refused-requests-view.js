import { formatBytes, formatCount, pluralize } from "../../core/text/format-count.js";
import { showText } from "../../dom/show-text.js";
import { slotsOf, templateElement } from "../../dom/templates.js";
import { showTime } from "../../ui/time-elements.js";
import { showProblemHelp } from "../event-panel/problem-item.js";
import { requestDetails } from "../event-panel/request-details.js";
import { panelMessage } from "./panel-message.js";
import { plainTitle } from "./static-view.js";

const LIMIT = 50;
const PAUSE = 1_000; // minimum milliseconds between two loads

function problemOf(problem) {
  const { message, hint } = problem;
  const element = templateElement("refused-problem");
  const slots = slotsOf(element);
  showText(slots.message, message);
  showText(slots.hint, hint ?? "");
  showProblemHelp(slots.help, problem);
  return element;
}

function senderOf({ sender, user_agent, encoding, wire_size }) {
  const parts = [sender, user_agent || "no user agent", encoding, formatBytes(wire_size)];
  return parts.filter(Boolean).join(" · ");
}

// The whole request and its reply, loaded on opening.
function offerWhole(details, { id }, api) {
  const load = async () => {
    const body = details.lastElementChild;
    body.replaceChildren(panelMessage("Loading…"));
    try {
      body.replaceChildren(requestDetails(await api.delivery(id), { withProblems: false }));
    } catch ({ message }) {
      body.replaceChildren(panelMessage(message, load));
    }
  };
  details.addEventListener("toggle", load, { once: true });
}

function itemOf(delivery, api) {
  const item = templateElement("refused-request");
  const slots = slotsOf(item);
  slots.status.textContent = delivery.status;
  showText(slots.request, `${delivery.method} ${delivery.path}`);
  showTime(slots.time, delivery.received_at);
  slots.problems.append(...delivery.problems.map(problemOf));
  showText(slots.sender, senderOf(delivery));
  offerWhole(slots.whole, delivery, api);
  return item;
}

// Lists the refused requests of the key pair; reloads when their number changes.
export class RefusedRequestsView {
  #host;
  #api;
  #total = 0;
  #loadedFor = -1;
  #isLoading = false;

  constructor(host, api) {
    this.#host = host;
    this.#api = api;
  }

  open(route, entitle) {
    entitle(plainTitle("Refused requests"));
    this.follow(this.#total);
  }

  async follow(total) {
    this.#total = total;
    if (this.#isLoading || this.#host.hidden || this.#loadedFor === total) return;
    this.#isLoading = true;
    await this.#load();
    await new Promise((done) => setTimeout(done, PAUSE));
    this.#isLoading = false;
    this.follow(this.#total);
  }

  async #load() {
    const total = this.#total;
    this.#loadedFor = total;
    try {
      this.#show((await this.#api.refused(LIMIT)).deliveries, total);
    } catch (error) {
      this.#host.replaceChildren(panelMessage(error.message));
    }
  }

  #show(deliveries, total) {
    const list = document.createElement("ol");
    list.className = "refused-list";
    list.append(...deliveries.map((delivery) => itemOf(delivery, this.#api)));
    const intro = document.createElement("p");
    intro.className = "lead";
    intro.textContent = this.#introOf(deliveries.length, total);
    this.#host.replaceChildren(intro, list);
  }

  #introOf(shown, total) {
    if (!shown && !total) return "No request of this key pair was refused.";
    const some = shown < total ? ` The newest ${formatCount(shown)} are listed.` : "";
    return `${pluralize(total, "request")} refused; none of ${total === 1 ? "its" : "their"} events were stored.${some}`;
  }
}
