import { enter, leave, readRoute } from "../page/route.js";
import { cloneOf } from "../page/templates.js";
import { count } from "../text/counts.js";
import { EventView, titleOf } from "./event-view.js";
import { Panel } from "./panel.js";
import { RefusedView } from "./refused-view.js";

const TITLES = { refused: "Refused requests", send: "Send events" };

const isFaulty = ({ verdict }) => verdict === "invalid" || verdict === "malformed";

function plainTitle(text) {
  const title = cloneOf("plain-title");
  title.querySelector("h2").textContent = text;
  return title;
}

// What is open beside the list: an event, the refused requests or how to send. The address says which.
export class Detail {
  #api;
  #log;
  #list;
  #panel;
  #eventView;
  #refusedView;
  #seq = 0;
  #refused = 0;

  constructor(workspace, { api, log, list, target }) {
    this.#api = api;
    this.#log = log;
    this.#list = list;
    this.#panel = new Panel(workspace);
    this.#eventView = new EventView(this.#panel.body("event"), { api, log, target });
    this.#refusedView = new RefusedView(this.#panel.body("refused"), api);
    addEventListener("popstate", () => this.goToAddress());
    workspace.addEventListener("click", (event) => this.#clicked(event));
  }

  get isEventOpen() {
    return this.#panel.view === "event";
  }

  goToAddress() {
    const route = readRoute(location.hash);
    if (route?.view === "event") this.#showEvent(route.seq);
    else if (route?.view === "list") this.#hide();
    else if (route) this.#showPlain(route.view);
  }

  open(seq) {
    enter(`#event-${seq}`);
    this.#showEvent(seq);
  }

  close() {
    if (!this.#panel.isOpen) return;
    this.#hide();
    leave();
  }

  // To the next event by number, newer when step is 1, loaded where it is not at hand.
  step(step) {
    const seq = this.#seq + step;
    if (!this.#exists(seq)) return;
    this.open(seq);
    this.#list.reveal(seq);
  }

  paint() {
    const [isNewer, isOlder] = [this.#exists(this.#seq + 1), this.#exists(this.#seq - 1)];
    if (this.isEventOpen) this.#panel.allowSteps(isNewer, isOlder);
  }

  followRefused(total) {
    this.#refused = total;
    if (this.#panel.view === "refused") this.#refusedView.follow(total);
  }

  edit() {
    if (this.isEventOpen) this.#eventView.edit();
  }

  copyRaw() {
    if (this.isEventOpen) this.#eventView.copyRaw();
  }

  #exists(seq) {
    return seq >= Math.max(1, this.#log.first) && seq <= this.#log.last;
  }

  #clicked({ target }) {
    if (target.closest("[data-close]")) this.close();
    const step = target.closest("[data-step]");
    if (step) this.step(Number(step.dataset.step));
  }

  #hide() {
    this.#seq = 0;
    this.#panel.hide();
  }

  #showPlain(view) {
    this.#seq = 0;
    this.#panel.show(view, plainTitle(TITLES[view]));
    this.followRefused(this.#refused);
  }

  #showEvent(seq) {
    this.#seq = seq;
    this.#list.select(seq);
    const known = this.#log.find(seq);
    this.#panel.show("event", known ? titleOf(known) : plainTitle(`Event No. ${count(seq)}`));
    if (known) this.#eventView.show(known);
    else this.#eventView.showMessage("Loading…");
    if (known?.raw == null) this.#load(seq);
    else if (isFaulty(known)) this.#loadMended(seq);
    this.paint();
  }

  // What it may have been meant to be is told of single events alone.
  async #loadMended(seq) {
    const event = await this.#api.event(seq).catch(() => null);
    if (event && seq === this.#seq) this.#eventView.showMended(event);
  }

  async #load(seq) {
    const event = await this.#api.event(seq).catch((error) => error);
    if (seq !== this.#seq) return;
    if (event instanceof Error) return this.#fail(event, seq);
    this.#panel.show("event", titleOf(event));
    this.#eventView.show(event);
  }

  #fail({ message, status }, seq) {
    this.#eventView.showMessage(message, status === 404 ? null : () => this.#load(seq));
  }
}
