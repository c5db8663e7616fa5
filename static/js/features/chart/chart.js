import { timeRangeOf, withTimeRange, withoutTimeRange } from "../../core/query/query-time-range.js";
import { frameScheduler } from "../../dom/frame-scheduler.js";
import { BarPlot } from "./bar-plot.js";
import { chartTime } from "./chart-labels.js";
import { SPANS, labelsFor, startFor, stepFor, topFor } from "./chart-scale.js";
import { ChartSource } from "./chart-source.js";
import { ChartSummary } from "./chart-summary.js";
import { CountsPerSecond } from "./counts-per-second.js";
import { RangeSelection } from "./range-selection.js";
import { ServerClock } from "./server-clock.js";

const LABEL = 40; // pixels per label

// The chart of the last five minutes or the last hour, by the server's clock. A click or a drag sets the time
// range of the query.
export class Chart {
  #root;
  #address;
  #counts = new CountsPerSecond();
  #clock = new ServerClock();
  #source;
  #plot;
  #picker;
  #summary;
  #place; // the element that contains the bars
  #size = { width: 0, height: 0 };
  #repaint = frameScheduler(() => this.#paint());
  #tick = 0;

  constructor(root, { feed, api, address }) {
    this.#root = root;
    this.#address = address;
    this.#place = this.#find("plot");
    this.#plot = new BarPlot(this.#place.querySelector("svg"));
    this.#picker = new RangeSelection(this.#place);
    this.#summary = new ChartSummary(root);
    this.#source = new ChartSource({ api, counts: this.#counts, clock: this.#clock });
    this.#listen(feed);
    this.#look();
  }

  get #view() {
    const wanted = this.#address.get("chart");
    return wanted === "hour" || wanted === "off" ? wanted : "minutes";
  }

  get #range() {
    return timeRangeOf(this.#address.get("q"));
  }

  #find(name) {
    return this.#root.querySelector(`[data-chart-${name}]`);
  }

  #listen(feed) {
    feed.addEventListener("events", ({ detail }) => this.#take(detail));
    feed.addEventListener("state", ({ detail }) => detail === "live" || this.#source.renew());
    this.#address.addEventListener("change", ({ detail }) => this.#changed(detail));
    this.#source.addEventListener("change", this.#repaint);
    this.#picker.addEventListener("change", this.#repaint);
    this.#picker.addEventListener("choose", ({ detail }) => this.#choose(detail));
    this.#root.addEventListener("click", ({ target }) => this.#clicked(target));
    document.addEventListener("visibilitychange", () => this.#tickOn());
    new ResizeObserver(([{ contentRect }]) => this.#resized(contentRect)).observe(this.#place);
  }

  #take(frame) {
    this.#root.hidden = frame.balance.received === 0;
    this.#source.take(frame);
  }

  #changed(names) {
    if (names.some((name) => ["q", "mode", "chart"].includes(name))) this.#look();
    this.#repaint();
  }

  // Reads the span from the address.
  #look() {
    const view = this.#view;
    this.#root.dataset.view = view;
    for (const button of this.#root.querySelectorAll("[data-chart-view]")) {
      button.ariaPressed = button.dataset.chartView === view;
    }
    this.#find("fold").ariaExpanded = view !== "off";
    const { span = 0 } = SPANS[view] ?? {};
    this.#source.show(this.#address.get("q"), this.#address.get("mode"), span);
    this.#tickOn();
  }

  #clicked(target) {
    const button = target.closest("button");
    if (button?.dataset.chartView) this.#show(button.dataset.chartView);
    else if (button === this.#find("fold")) this.#show(this.#view === "off" ? "minutes" : "off");
    else if (button === this.#find("clear")) this.#choose(null);
  }

  #show(view) {
    this.#address.set({ chart: view === "minutes" ? "" : view });
  }

  #choose(range) {
    const q = this.#address.get("q");
    this.#address.set({ q: range ? withTimeRange(q, range) : withoutTimeRange(q) }, { isStep: true });
    if (!range) this.#place.focus({ preventScroll: true });
  }

  #resized({ width, height }) {
    this.#size = { width: Math.floor(width), height: Math.floor(height) };
    this.#repaint();
  }

  // Bars move when the server's second ends. A hidden tab does not paint.
  #tickOn() {
    clearTimeout(this.#tick);
    if (document.hidden || this.#view === "off") return;
    this.#repaint();
    this.#tick = setTimeout(() => this.#tickOn(), 1_000 - (this.#clock.now % 1_000));
  }

  #paint() {
    const { width, height } = this.#size;
    const shown = SPANS[this.#view];
    if (!shown || !width) return;
    const step = stepFor(shown, width);
    const start = startFor(shown, step, Math.floor(this.#clock.now / 1_000));
    const bars = this.#counts.bars(start, step, shown.span / step);
    const top = topFor(Math.max(...bars.map((bar) => bar.total)));
    this.#plot.draw(bars, top, width, height);
    const labels = labelsFor(shown, start, width, LABEL);
    this.#plot.label(labels.map(({ second, x }) => ({ x, text: chartTime(second * 1_000, 60) })));
    Object.assign(this.#picker, { bars, width });
    this.#mark(start, shown.span);
    this.#summary.show({ bars, top, width, picker: this.#picker, source: this.#source, range: this.#range });
  }

  #mark(start, span) {
    const { width } = this.#size;
    const x = (ms) => Math.round(Math.min(1, Math.max(0, (ms / 1_000 - start) / span)) * width);
    const stretch = (range) => range && [x(range.from), x(range.to)];
    const { bar, range } = this.#picker;
    this.#plot.mark("bar", bar && [x(bar.from * 1_000), x((bar.from + bar.step) * 1_000)]);
    this.#plot.mark("range", stretch(range ?? this.#range));
    this.#plot.mark("gone", [0, x(this.#source.completeSince * 1_000)]);
  }
}
