import { barWords, rangeSummary, rangeWords, sumWords, topWords } from "./chart-labels.js";

const say = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

// Describes the chart in words: the active bar, the total, the selected range.
export class ChartSummary {
  #plot;
  #tip;
  #top;
  #sum;
  #clear;

  constructor(root) {
    const find = (name) => root.querySelector(`[data-chart-${name}]`);
    [this.#plot, this.#tip, this.#top] = ["plot", "tip", "top"].map(find);
    [this.#sum, this.#clear] = ["sum", "clear"].map(find);
  }

  show({ bars, top, width, picker, source, range }) {
    const { isFiltered } = source;
    const all = sumWords(bars, isFiltered);
    say(this.#top, topWords(top, bars[0].step));
    say(this.#sum, all);
    this.#sum.hidden = Boolean(range);
    this.#clear.hidden = !range;
    if (range) say(this.#clear.querySelector("span"), rangeWords(range));
    const words = this.#wordsOf(bars, picker, source);
    this.#point(bars, picker.bar, width, words);
    this.#plot.ariaValueText = words || all;
  }

  #wordsOf(bars, { bar, range }, { isFiltered, completeSince }) {
    if (range) return rangeSummary(range, bars, isFiltered);
    if (!bar) return "";
    const isPartial = bar.from + bar.step <= completeSince;
    return barWords(bar, isFiltered) + (isPartial ? " (not all are kept)" : "");
  }

  #point(bars, bar, width, words) {
    const at = bar ? bars.indexOf(bar) : bars.length - 1;
    this.#plot.ariaValueMax = bars.length - 1;
    this.#plot.ariaValueNow = at;
    this.#tip.hidden = !bar;
    say(this.#tip, words);
    if (bar) this.#tip.style.setProperty("--at", `${Math.round(((at + 0.5) / bars.length) * width)}px`);
  }
}
