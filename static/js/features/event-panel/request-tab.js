import { hashOfEvent } from "../../dom/route.js";
import { elementOf, showIcon, slotsOf } from "../../dom/templates.js";
import { count, counted } from "../../core/text/format-count.js";
import { showText } from "../../dom/show-text.js";
import { nameOf } from "./event-title.js";
import { messageOf } from "../detail-panel/panel-message.js";
import { requestOf } from "./request-details.js";

function siblingOf(event, seq) {
  const item = elementOf("sibling");
  const slots = slotsOf(item);
  slots.link.href = hashOfEvent(event.seq, "request");
  if (event.seq === seq) slots.link.setAttribute("aria-current", "true");
  slots.pill.dataset.verdict = event.verdict;
  showIcon(slots.icon, event.verdict);
  slots.word.textContent = event.verdict;
  slots.seq.textContent = `No. ${count(event.seq)}`;
  showText(slots.name, nameOf(event));
  return item;
}

function siblingsOf({ id, events, siblings }, seq) {
  const element = elementOf("siblings");
  const slots = slotsOf(element);
  const left = events - siblings.length;
  slots.head.textContent = events === 1 ? "The one event of this delivery" : `${count(events)} events of this delivery`;
  slots.list.append(...siblings.map((event) => siblingOf(event, seq)));
  slots.more.hidden = left === 0;
  slots.more.textContent = `and ${counted(left, "more", "more")}`;
  slots.only.hidden = events === 1;
  slots.only.dataset.onlyDelivery = id;
  return element;
}

// The HTTP request that an event came with, what it was answered, and what else came with it.
export class RequestPart {
  #host;
  #api;
  #event = null;

  constructor(host, api) {
    this.#host = host;
    this.#api = api;
  }

  async show(event) {
    if (this.#event?.seq === event.seq && this.#host.childElementCount) return; // it does not change
    this.#event = event;
    this.#host.replaceChildren(messageOf("Loading…"));
    try {
      const delivery = await this.#api.delivery(event.delivery, event.seq);
      if (event === this.#event) this.#host.replaceChildren(requestOf(delivery), siblingsOf(delivery, event.seq));
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
    this.#host.replaceChildren(messageOf(isGone ? "This delivery is no longer kept." : message, isGone ? null : again));
  }
}
