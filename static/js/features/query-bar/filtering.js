import { filterableValues } from "../../core/query/filterable-values.js";
import { formatCount } from "../../core/text/format-count.js";
import { readRoute } from "../../dom/route.js";
import { filterTargetFinder } from "./filter-targets.js";
import { MatchHighlighter } from "./match-highlighter.js";
import { ValueButton } from "./value-button.js";
import { ValueMenu } from "./value-menu.js";

// Applies the query to the page: which events the list holds, which are highlighted, and filtering
// by a value.
export class Filtering {
  isPending = false; // waits for the first frame of the query
  #bar;
  #page;
  #log;
  #list;
  #matches;
  #menu = new ValueMenu();

  constructor(bar, { page, log, list }) {
    this.#bar = bar;
    this.#page = page;
    this.#log = log;
    this.#list = list;
    const eventOf = (seq) => log.find(seq);
    this.#matches = new MatchHighlighter({
      rows: page.querySelector("[data-rows]"),
      panel: page.querySelector("[data-panel-element]"),
      eventOf,
    });
    const tool = new ValueButton(page.querySelector("[data-workspace]"), filterTargetFinder(eventOf));
    tool.addEventListener("open", ({ detail: { entry, place } }) => this.#menu.open([entry], place, this.#grid));
    this.#menu.addEventListener("term", ({ detail: term }) => bar.add(term));
  }

  // The first query comes from the address.
  ask(question, feed) {
    this.isPending = true;
    this.#grid.ariaBusy = "true";
    feed.ask(question);
  }

  begin() {
    const { q, mode } = this.#bar.question;
    const isHighlight = mode === "highlight";
    this.isPending = false;
    this.#grid.ariaBusy = "false";
    this.#log.restart(isHighlight ? "" : q, isHighlight ? q : "");
    this.#matches.show({ q, mode });
  }

  paint() {
    this.#bar.showMatchCount(this.#log.highlight ? this.#sum() : "");
  }

  // Values of the open event, or else of the selected one.
  openValues() {
    const route = readRoute(location.hash);
    const event = this.#log.find(route?.view === "event" ? route.seq : this.#list.selectedRow?.seq);
    if (!event) return;
    const row = this.#page.querySelector(".row-event[aria-selected=true]") ?? this.#grid;
    this.#menu.open(filterableValues(event), row.getBoundingClientRect(), document.activeElement);
  }

  get #grid() {
    return this.#page.querySelector("[data-events]");
  }

  #sum() {
    const { events } = this.#log;
    const matching = events.reduce((sum, { matches }) => sum + Number(matches), 0);
    return `${formatCount(matching)} of ${formatCount(events.length)} here match`;
  }
}
