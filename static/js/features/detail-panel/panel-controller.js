import { EVENT_TABS, enterRoute, hashOfComparison, hashOfEvent, leaveRoute, readRoute } from "../../dom/route.js";
import { CompareSelection } from "../compare/compare-selection.js";
import { CompareView } from "../compare/compare-view.js";
import { CoverageView } from "../coverage/coverage-view.js";
import { EventView } from "../event-panel/event-view.js";
import { AdjacentEvents } from "./adjacent-events.js";
import { RefusedRequestsView } from "./refused-requests-view.js";
import { SidePanel } from "./side-panel.js";
import { StaticView } from "./static-view.js";

const say = (text) => document.dispatchEvent(new CustomEvent("announce", { detail: text }));

// Controls the view beside the list by the hash. A view has `open(route, entitle)`, which shows it
// and sets the title of the panel, and optionally `close()`.
export class PanelController {
  #list;
  #goTo;
  #panel;
  #views;
  #neighbours;
  #picking;
  #route = { view: "list" };
  #tab = EVENT_TABS[0]; // kept from event to event
  #toReveal = 0;

  // `tools`: api, log, list, address, goTo(seq), the secrets, and the content type of sent events.
  constructor(workspace, tools) {
    const panel = (this.#panel = new SidePanel(workspace));
    const choose = { tab: (tab) => this.#openTab(tab), compare: (...seqs) => this.compare(...seqs) };
    this.#list = tools.list;
    this.#goTo = tools.goTo;
    this.#neighbours = new AdjacentEvents(tools);
    this.#picking = new CompareSelection(document.querySelector("[data-picking]"), tools.log);
    this.#views = {
      event: new EventView(panel.body("event"), { ...tools, choose, pick: (seq) => this.#pick(seq) }),
      compare: new CompareView(panel.body("compare"), { ...tools, choose }),
      refused: new RefusedRequestsView(panel.body("refused"), tools.api),
      coverage: new CoverageView(panel.body("coverage"), tools.api),
      send: new StaticView("Send events"),
    };
    this.#views.coverage.addEventListener("query", ({ detail: q }) => this.#showOnly(q, tools.address));
    tools.list.addEventListener("painted", () => this.paint());
    addEventListener("popstate", () => this.goToAddress());
    workspace.addEventListener("click", (event) => this.#clicked(event, tools.address));
  }

  get isEventOpen() {
    return this.#route.view === "event";
  }

  goToAddress() {
    const route = readRoute(location.hash);
    this.#toReveal = route?.seq ?? 0;
    if (route?.view === "list") this.#hide();
    else if (route) this.#show(route);
  }

  // Called when an event is chosen in the list.
  choose(seq) {
    if (this.#picking.seq) this.#pickSecond(seq);
    else this.open(seq);
  }

  open(seq, tab = this.#tab) {
    this.#enter(hashOfEvent(seq, tab));
  }

  compare(left, right) {
    this.#picking.stop();
    this.#enter(hashOfComparison(left, right));
  }

  close() {
    if (this.#picking.seq) this.#picking.stop();
    else this.#leave();
  }

  #leave() {
    if (!this.#panel.isOpen) return;
    this.#hide();
    leaveRoute();
  }

  // Opens the next event of the list, the newer one if `step` is 1; loads it if necessary.
  async step(step) {
    const { seq } = this.#route;
    const next = await this.#neighbours.beside(seq, step).catch(({ message }) => message);
    if (this.#route.seq !== seq) return;
    if (typeof next !== "number") return say(next ?? `No ${step > 0 ? "newer" : "older"} event.`);
    this.open(next);
    this.#list.reveal(next);
  }

  stepTab(step) {
    if (this.isEventOpen) this.#views.event.stepTab(step);
  }

  paint() {
    if (this.#toReveal) this.#revealOnceDrawn(this.#toReveal);
    if (this.isEventOpen) this.#panel.allowSteps(...this.#neighbours.exist(this.#route.seq));
  }

  // Scrolls to the event in the address as soon as the list has rows.
  #revealOnceDrawn(wanted) {
    if (!this.#list.near(0).length) return;
    this.#toReveal = 0;
    if (this.#list.rows.some(({ kind, seq }) => kind === "event" && seq === wanted)) this.#list.reveal(wanted);
    else this.#goTo(wanted);
  }

  // The verdict of the open event can have changed.
  renew() {
    if (this.isEventOpen) this.#views.event.renew();
  }

  followRefused(total) {
    this.#views.refused.follow(total);
  }

  followReceived(total) {
    this.#views.coverage.follow(total);
  }

  // Opens or closes the coverage.
  toggleCoverage() {
    if (this.#route.view === "coverage") this.close();
    else this.#enter("#coverage");
  }

  edit() {
    if (this.isEventOpen) this.#views.event.edit();
  }

  copy(what) {
    if (this.isEventOpen) this.#views.event.copy(what);
  }

  // The first press marks an event, the second compares it with another one.
  mark() {
    const seq = this.isEventOpen ? this.#route.seq : this.#selected;
    if (!seq) say("Choose an event to compare first.");
    else if (this.#picking.seq) this.#pickSecond(seq);
    else this.#pick(seq);
  }

  get #selected() {
    const row = this.#list.selectedRow;
    return row?.kind === "event" ? row.seq : 0;
  }

  #pick(seq) {
    if (this.#panel.covers) this.#leave();
    this.#picking.start(seq);
  }

  #pickSecond(seq) {
    const first = this.#picking.seq;
    if (seq === first) this.#picking.stop();
    else this.compare(first, seq);
  }

  #openTab(tab) {
    this.open(this.#route.seq, tab);
  }

  #clicked({ target }, address) {
    if (target.closest("[data-close]")) this.#leave();
    const step = target.closest("[data-step]");
    if (step) this.step(Number(step.dataset.step));
    const only = target.closest("[data-only-delivery]");
    if (only) this.#showOnly(`delivery:${only.dataset.onlyDelivery}`, address);
  }

  // Adds a history entry; closing the panel keeps the query.
  #showOnly(q, address) {
    if (this.#panel.covers) this.#hide();
    address.set({ q, mode: "" }, { isStep: true });
    if (!this.#panel.isOpen) leaveRoute();
  }

  #enter(hash) {
    this.#toReveal = 0;
    enterRoute(hash);
    this.#show(readRoute(hash));
  }

  #show(route) {
    if (route.view !== this.#route.view) this.#views[this.#route.view]?.close?.();
    this.#route = route;
    this.#tab = route.tab ?? EVENT_TABS[0];
    if (route.seq) this.#list.select(route.seq);
    this.#panel.show(route.view);
    this.#views[route.view].open(route, (title) => this.#panel.entitle(title));
    this.paint();
  }

  #hide() {
    this.#views[this.#route.view]?.close?.();
    this.#route = { view: "list" };
    this.#tab = EVENT_TABS[0];
    this.#panel.hide();
  }
}
