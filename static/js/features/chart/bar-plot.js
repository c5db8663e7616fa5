import { edgesFor, heightsFor } from "./chart-scale.js";
import { VERDICTS } from "./counts-per-second.js";

const set = (element, name, value) => {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
};

// The SVG path of each verdict's segments of all bars, from the bottom up.
function outlinesOf(bars, top, width, height) {
  const outlines = VERDICTS.map(() => "");
  for (const [at, bar] of bars.entries()) {
    if (!bar.total) continue;
    const [left, right] = edgesFor(at, bars.length, width);
    let y = height;
    for (const [verdict, h] of heightsFor(bar.counts, top, height).entries()) {
      y -= h;
      if (h) outlines[verdict] += `M${left} ${y}h${right - left}v${h}h${left - right}z`;
    }
  }
  return outlines;
}

// Draws the bars as one SVG path per verdict and updates only changed paths.
export class BarPlot {
  #paths;
  #labels;
  #marks;
  #top;

  constructor(svg) {
    const all = (name) => [...svg.querySelectorAll(`[data-${name}]`)];
    this.#paths = all("bars");
    this.#labels = all("label");
    this.#marks = Object.fromEntries(all("mark").map((mark) => [mark.dataset.mark, mark]));
    this.#top = svg.querySelector("[data-top]");
  }

  draw(bars, top, width, height) {
    const outlines = outlinesOf(bars, top, width, height);
    for (const path of this.#paths) set(path, "d", outlines[VERDICTS.indexOf(path.dataset.bars)]);
  }

  // Labels below the bars: {x, text}.
  label(labels) {
    for (const [at, element] of this.#labels.entries()) {
      const { x, text } = labels[at] ?? { x: 0, text: "" };
      set(element, "x", Math.round(x));
      if (element.textContent !== text) element.textContent = text;
    }
  }

  // A range from left to right: the active bar, the selection, or the deleted events.
  mark(name, stretch) {
    const mark = this.#marks[name];
    const [left, right] = stretch ?? [0, 0];
    set(mark, "x", left);
    set(mark, "width", Math.max(0, right - left));
  }
}
