import { pluralize } from "../../core/text/format-count.js";
import { showIcon, slotsOf, templateElement } from "../../dom/templates.js";
import { copyWithFeedback } from "../../ui/copy-button.js";
import { fixedTextView } from "../../ui/text-diff-view.js";
import { problemItem } from "../event-panel/problem-item.js";
import { findSentEvent } from "../send/find-sent-event.js";
import { curlWithKeys } from "../send/secrets.js";
import { postRequest, replySummary } from "../send/send-request.js";
import { LiveValidator } from "./live-validator.js";
import { locateProblems, validationSummary, worstVerdict } from "./validation-result.js";

const SHOWN = 50; // problems

// Edits the text of an event: validates it while typing and sends it.
export class EventEditor {
  #slots;
  #tools;
  #checker;

  // `tools`: the api, the secrets, the content type of sent events, and the log with its last
  // number.
  constructor(text, tools) {
    this.element = templateElement("editor");
    this.#slots = slotsOf(this.element);
    this.#tools = tools;
    this.#checker = new LiveValidator(tools.api, { "Content-Type": tools.contentType });
    this.#slots.text.value = text;
    this.#listen();
    this.#checker.check(text, 0);
  }

  get text() {
    return this.#slots.text.value;
  }

  focus() {
    this.#slots.text.focus();
    this.#slots.text.setSelectionRange(0, 0);
  }

  stop() {
    this.#checker.stop();
  }

  use(text) {
    this.#slots.text.value = text;
    this.#checker.check(text, 0);
    this.#slots.text.focus();
  }

  #listen() {
    const { text, send, copy, curl } = this.#slots;
    text.addEventListener("input", () => this.#checker.check(this.text));
    copy.addEventListener("click", () => copyWithFeedback(copy, this.text));
    curl.addEventListener("click", () => copyWithFeedback(curl, curlWithKeys(this.#tools.secrets, this.text)));
    send.addEventListener("click", () => this.#send());
    this.#checker.addEventListener("asked", () => (this.#slots.finding.ariaBusy = true));
    this.#checker.addEventListener("answered", ({ detail }) => this.#show(detail));
    this.#checker.addEventListener("failed", ({ detail }) => this.#fail(detail));
  }

  #show({ text, answer }) {
    const verdict = worstVerdict(answer);
    const found = locateProblems(text, answer);
    const { finding, pill, icon, word, summary, problems } = this.#slots;
    finding.ariaBusy = false;
    pill.hidden = false;
    pill.dataset.verdict = verdict;
    showIcon(icon, verdict);
    word.textContent = verdict;
    summary.textContent = validationSummary(answer);
    problems.replaceChildren(...found.slice(0, SHOWN).map((one) => this.#itemOf(one)));
    this.#slots.more.hidden = found.length <= SHOWN;
    this.#slots.more.textContent = `${pluralize(found.length - SHOWN, "more problem")}, not listed.`;
    this.#showFixed(answer.events);
  }

  #showFixed(events) {
    const fixed = events.length === 1 ? events[0].fixed : null;
    const parts = fixed ? [fixedTextView(fixed, (text) => this.use(text))] : [];
    this.#slots.fixed.replaceChildren(...parts);
  }

  #itemOf({ problem, words, place }) {
    return problemItem(problem, words, () => this.#select(place));
  }

  // A text area scrolls to its selection when it gets the focus.
  #select([start, end]) {
    const { text } = this.#slots;
    text.blur();
    text.setSelectionRange(start, end);
    text.focus();
  }

  #fail({ message }) {
    const { finding, pill, summary, problems, fixed } = this.#slots;
    finding.ariaBusy = false;
    pill.hidden = true;
    summary.textContent = `Not checked. ${message}`;
    problems.replaceChildren();
    fixed.replaceChildren();
  }

  async #send() {
    const { send, reply } = this.#slots;
    const { secrets, api, log } = this.#tools;
    const [text, before] = [this.text, log.last];
    send.disabled = true;
    this.#say("sending", "Sending…");
    try {
      const { samples } = await secrets.unlock();
      const sent = await postRequest(samples, text);
      this.#say(sent.reply.ok ? "accepted" : "refused", replySummary(sent));
      reply.append(await this.#arrivalOf(await findSentEvent(api, text, before)));
    } catch (error) {
      this.#say("failed", error.status ? error.message : "No reply: the server cannot be reached.");
    }
    send.disabled = false;
  }

  async #arrivalOf(seq) {
    if (!seq) return " It produced no event.";
    const arrival = templateElement("arrival");
    const link = arrival.querySelector("a");
    link.href = `#event-${seq}`;
    link.querySelector("b").textContent = `No. ${seq.toLocaleString("en-US")}`;
    return arrival;
  }

  #say(state, text) {
    this.#slots.reply.dataset.state = state;
    this.#slots.reply.textContent = text;
  }
}
