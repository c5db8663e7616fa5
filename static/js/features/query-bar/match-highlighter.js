import { highlightTerms } from "../../core/query/highlight-terms.js";

const MAX_RANGES = 2_000; // highlighted ranges
const NAME = "query-match";
const VALUES = ".tree-string, .tree-number, .tree-literal";
const WATCHED = { childList: true, characterData: true, subtree: true };

function* rangesIn(element, patterns) {
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    for (const pattern of patterns) {
      for (const { index, 0: found } of text.data.matchAll(pattern)) {
        yield new StaticRange({ startContainer: text, startOffset: index, endContainer: text, endOffset: index + found.length });
      }
    }
  }
}

// Whether a cell shows the field of a term.
function isCellOf({ dataset: { cell, path } }, { name, isColumn }) {
  if (!isColumn) return path === name;
  return cell === name || (cell === "word" && name === "verdict");
}

// Highlights the query's values in rows and panel with the CSS Custom Highlight API, and matching
// rows in highlight mode. Browsers without that API show plain text.
export class MatchHighlighter {
  #rows;
  #panel;
  #eventOf;
  #wanted = [];
  #isHighlight = false;
  #observer = new MutationObserver(() => this.#paint());

  constructor({ rows, panel, eventOf }) {
    this.#rows = rows;
    this.#panel = panel;
    this.#eventOf = eventOf;
  }

  show({ q, mode }) {
    this.#wanted = highlightTerms(q);
    this.#isHighlight = q !== "" && mode === "highlight";
    this.#observer.disconnect();
    if (q) for (const root of [this.#rows, this.#panel]) this.#observer.observe(root, WATCHED);
    this.#paint();
  }

  #paint() {
    this.#markRows();
    const ranges = [...this.#ranges()];
    if (ranges.length) globalThis.CSS.highlights?.set(NAME, new globalThis.Highlight(...ranges.slice(0, MAX_RANGES)));
    else globalThis.CSS.highlights?.delete(NAME);
  }

  #markRows() {
    for (const row of this.#rows.querySelectorAll(".row-event")) {
      const isMatch = this.#isHighlight && this.#eventOf(Number(row.dataset.seq))?.matches === true;
      row.toggleAttribute("data-match", isMatch);
      row.ariaDescription = isMatch ? "matches the query" : null;
    }
  }

  *#ranges() {
    if (!globalThis.CSS.highlights || !this.#wanted.length) return;
    const cells = [...this.#rows.querySelectorAll(".row-event [data-cell]")];
    const lines = [...this.#panel.querySelectorAll(".tree-row")];
    for (const wanted of this.#wanted) {
      const found = wanted.name === null ? [this.#rows, this.#panel] : this.#elementsOf(wanted, cells, lines);
      for (const element of found) yield* rangesIn(element, wanted.patterns);
    }
  }

  #elementsOf(wanted, cells, lines) {
    const found = cells.filter((cell) => isCellOf(cell, wanted));
    if (wanted.isColumn) return found;
    const key = JSON.stringify(wanted.step);
    const own = lines.filter((line) => line.querySelector(".tree-key")?.textContent === key);
    return [...found, ...own.flatMap((line) => [...line.querySelectorAll(VALUES)])];
  }
}
