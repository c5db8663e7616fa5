import { formatCount } from "../../core/text/format-count.js";
import { showText } from "../../dom/show-text.js";
import { slotsOf, templateElement, templateFragment } from "../../dom/templates.js";
import { showToast } from "../../ui/toast.js";
import { findSentEvent } from "./find-sent-event.js";
import { postRequest, replySummary, withCurrentTime } from "./send-request.js";

const LOOK = 400; // ms; by then the first event can have replaced the buttons
const BODY_SHOWN = 1_000; // characters of a reply
const UNREACHED = "No reply: the server cannot be reached.";

// Sends sample requests to the test endpoint: a valid event, or one with the chosen fault. Shows
// the reply and the resulting events.
export class SampleSender {
  #root;
  #tools;
  #turn = 0;

  // `tools`: the secrets, the api, and the log with its last number.
  constructor(root, faults, tools) {
    this.#root = root;
    this.#tools = tools;
    const options = faults.map((title, index) => new Option(title, index));
    this.#faults.replaceChildren(...options);
    for (const button of root.querySelectorAll("[data-send-sample]")) {
      button.addEventListener("click", () => this.#send(button.dataset.sendSample));
    }
  }

  get #faults() {
    return this.#root.querySelector("[data-fault]");
  }

  get #reply() {
    return this.#root.querySelector("[data-send-reply]");
  }

  #requestOf(which, { url, headers, valid, faults }) {
    return which === "valid" ? { url, headers, body: valid } : faults[Number(this.#faults.value)];
  }

  async #send(which) {
    const turn = ++this.#turn;
    const before = this.#tools.log.last;
    this.#say("sending", "Sending…");
    try {
      const { samples } = await this.#tools.secrets.unlock();
      const request = this.#requestOf(which, samples);
      const body = withCurrentTime(request.body, samples.made);
      const sent = await postRequest(request, body);
      const parts = await this.#showReply(sent);
      const arrival = await this.#arrivalOf(body, before);
      if (turn === this.#turn) parts.arrival.replaceChildren(arrival);
    } catch (error) {
      if (turn === this.#turn) this.#say("failed", error.status ? error.message : UNREACHED);
    }
  }

  #say(state, text) {
    this.#reply.dataset.state = state;
    this.#reply.textContent = text;
    if (state !== "sending") this.#toastWhenOutOfSight(text);
  }

  async #showReply(sent) {
    const { reply } = sent;
    const fragment = templateFragment("reply");
    const parts = slotsOf(fragment);
    const code = reply.headers.get("X-Problem");
    const body = (await reply.text()).slice(0, BODY_SHOWN);
    parts.sentence.textContent = replySummary(sent);
    parts.help.hidden = !code;
    parts.help.textContent = code;
    parts.help.href = `/help/problems#${code}`;
    parts["no-body"].hidden = body !== "";
    parts.body.hidden = body === "";
    showText(parts.body, body);
    this.#reply.dataset.state = reply.ok ? "accepted" : "refused";
    this.#reply.replaceChildren(fragment);
    this.#toastWhenOutOfSight(replySummary(sent));
    return parts;
  }

  #toastWhenOutOfSight(textContent) {
    const { dataset } = this.#reply;
    setTimeout(() => this.#reply.checkVisibility() || showToast({ textContent, dataset }), LOOK);
  }

  async #arrivalOf(body, before) {
    const { api } = this.#tools;
    const seq = await findSentEvent(api, body, before, 0); // stored before the reply
    if (!seq) return templateElement("no-arrival");
    const { delivery } = await api.event(seq);
    const { first_seq: first, events } = await api.delivery(delivery);
    return arrivalElement(first, first + events - 1);
  }
}

function arrivalElement(first, last) {
  const element = templateElement(first === last ? "arrival" : "arrivals");
  for (const [index, link] of [...element.querySelectorAll("a")].entries()) {
    const seq = index === 0 ? first : last;
    link.href = `#event-${seq}`;
    link.firstElementChild.textContent = `No. ${formatCount(seq)}`;
  }
  return element;
}
