import { formatCount, pluralize } from "../../core/text/format-count.js";
import { hashOfEvent } from "../../dom/route.js";
import { showText } from "../../dom/show-text.js";
import { showIcon, slotsOf, templateElement } from "../../dom/templates.js";
import { panelMessage } from "../detail-panel/panel-message.js";
import { eventNameOf } from "./event-title.js";
import { requestDetails } from "./request-details.js";

function siblingOf(event, seq) {
  const item = templateElement("sibling");
  const slots = slotsOf(item);
  slots.link.href = hashOfEvent(event.seq, "request");
  if (event.seq === seq) slots.link.setAttribute("aria-current", "true");
  slots.pill.dataset.verdict = event.verdict;
  showIcon(slots.icon, event.verdict);
  slots.word.textContent = event.verdict;
  slots.seq.textContent = `No. ${formatCount(event.seq)}`;
  showText(slots.name, eventNameOf(event));
  return item;
}

function siblingsOf({ id, events, siblings }, seq) {
  const element = templateElement("siblings");
  const slots = slotsOf(element);
  const left = events - siblings.length;
  slots.head.textContent = events === 1 ? "The one event of this delivery" : `${formatCount(events)} events of this delivery`;
  slots.list.append(...siblings.map((event) => siblingOf(event, seq)));
  slots.more.hidden = left === 0;
  slots.more.textContent = `and ${pluralize(left, "more", "more")}`;
  slots.only.hidden = events === 1;
  slots.only.dataset.onlyDelivery = id;
  return element;
}

// The HTTP request of an event, its reply and the other events of the request.
export class RequestTab {
  #host;
  #api;
  #event = null;

  constructor(host, api) {
    this.#host = host;
    this.#api = api;
  }

  async show(event) {
    // A request does not change.
    if (this.#event?.seq === event.seq && this.#host.childElementCount) return;
    this.#event = event;
    this.#host.replaceChildren(panelMessage("Loading…"));
    try {
      const delivery = await this.#api.delivery(event.delivery, event.seq);
      if (event === this.#event) this.#host.replaceChildren(requestDetails(delivery), siblingsOf(delivery, event.seq));
    } catch (error) {
      if (event === this.#event) this.#fail(error, event);
    }
  }

  #fail({ message, status }, event) {
    const isGone = status === 404;
    const again = () => {
      this.#event = null;
      this.show(event);
    };
    this.#host.replaceChildren(panelMessage(isGone ? "This delivery is no longer kept." : message, isGone ? null : again));
  }
}
