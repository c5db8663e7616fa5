import { formatCount } from "../../core/text/format-count.js";
import { Tabs } from "../../ui/tabs.js";
import { panelMessage } from "../detail-panel/panel-message.js";
import { plainTitle } from "../detail-panel/static-view.js";
import { EventActions } from "./event-actions.js";
import { EventTab } from "./event-tab.js";
import { eventTitle } from "./event-title.js";
import { ProblemsTab, showProblemCount } from "./problems-tab.js";
import { RawTab } from "./raw-tab.js";
import { RequestTab } from "./request-tab.js";

const isFaulty = ({ verdict }) => verdict === "invalid" || verdict === "malformed";

// One event in tabs; only the tab in view is rendered.
export class EventView {
  #host;
  #tools;
  #tabs;
  #parts;
  #actions;
  #entitle = () => {};
  #seq = 0;
  #event = null;
  #drawn = new Set(); // tabs that show the event as it is

  // `tools`: api, log, secrets, contentType, `choose.tab` and `choose.compare`, and `pick`.
  constructor(host, tools) {
    this.#host = host;
    this.#tools = tools;
    this.#tabs = new Tabs(host.querySelector("[role=tablist]"));
    this.#tabs.addEventListener("choose", ({ detail }) => tools.choose.tab(detail));
    this.#actions = new EventActions(host, tools);
    const event = new EventTab(this.#part("event"), tools);
    this.#parts = {
      event,
      raw: new RawTab(this.#part("raw")),
      request: new RequestTab(this.#part("request"), tools.api),
      problems: new ProblemsTab(this.#part("problems"), (problem) => this.#goTo(problem)),
    };
  }

  open({ seq, tab }, entitle) {
    this.#entitle = entitle;
    this.#tabs.show(tab);
    if (tab !== "event") this.#leaveEditor();
    if (seq === this.#seq && this.#event) return this.#draw();
    this.#seq = seq;
    this.#take(this.#tools.log.find(seq));
    if (this.#event?.raw == null) this.#load();
    else if (isFaulty(this.#event)) this.#loadFixed();
  }

  // Reads it again, unless it is being edited.
  renew() {
    if (this.#event && !this.#parts.event.isEdited) this.#load();
  }

  close() {
    this.#parts.event.leave();
    this.#seq = 0;
    this.#event = null;
    for (const tab in this.#parts) this.#part(tab).replaceChildren();
  }

  stepTab(step) {
    this.#tabs.step(step);
  }

  edit() {
    if (!this.#event) return;
    this.#toEventTab();
    this.#parts.event.edit();
  }

  copy(what) {
    this.#actions.copy(what);
  }

  #part(tab) {
    return this.#host.querySelector(`[data-part=${tab}]`);
  }

  // An event that may be known, or the place of one that is yet to be loaded.
  #take(event) {
    this.#event = event ?? null;
    this.#drawn.clear();
    this.#actions.show(this.#event);
    showProblemCount(this.#host, event?.problems ?? []);
    this.#entitle(event ? eventTitle(event) : plainTitle(`Event No. ${formatCount(this.#seq)}`));
    if (event) this.#draw();
    else this.#say("Loading…");
  }

  #draw() {
    const tab = this.#tabs.current;
    if (this.#drawn.has(tab)) return;
    this.#drawn.add(tab);
    this.#parts[tab].show(this.#event);
  }

  #say(text, retry) {
    this.#parts.event.leave();
    for (const tab in this.#parts) this.#part(tab).replaceChildren(panelMessage(text, retry));
  }

  #leaveEditor() {
    if (this.#parts.event.leave()) this.#drawn.delete("event");
  }

  #toEventTab() {
    if (this.#tabs.current !== "event") this.#tools.choose.tab("event");
  }

  #goTo(problem) {
    this.#toEventTab();
    this.#parts.event.goTo(problem);
  }

  async #load() {
    const seq = this.#seq;
    const event = await this.#tools.api.event(seq).catch((error) => error);
    if (seq !== this.#seq) return;
    if (event instanceof Error) this.#fail(event);
    else this.#take(event);
  }

  // What it may have been meant to be is told of single events alone.
  async #loadFixed() {
    const seq = this.#seq;
    const event = await this.#tools.api.event(seq).catch(() => null);
    if (!event || seq !== this.#seq) return;
    this.#event = { ...this.#event, fixed: event.fixed };
    if (this.#drawn.has("event")) this.#parts.event.showFixed(event);
  }

  #fail({ message, status }) {
    this.#say(message, status === 404 ? undefined : () => this.#load());
  }
}
