import { errorFromReply } from "../../api/rest-api.js";
import { formatBytes, formatCount, pluralize } from "../../core/text/format-count.js";
import { downloadInBrowser, fileNameOf, readAsBlob, saveBlob } from "./download.js";
import { RowCounter } from "./row-counter.js";

const TITLES = { ndjson: "NDJSON", csv: "CSV", json: "JSON", raw: "raw lines" };
const PAINT_EVERY = 100; // milliseconds
const DONE_FOR = 8_000;

const announce = (detail) => document.dispatchEvent(new CustomEvent("announce", { detail }));

// One export at a time, with its progress. The page reads the export and saves it as a whole: this
// works in every browser and without TLS, errors have messages, and a lost connection leaves no
// partial file. Exports that are too large for memory use the browser's download.
export class Exporter {
  #root;
  #format = "";
  #url = "";
  #cancelled = null; // AbortController of the running export
  #paintedAt = 0;
  #timer = 0;

  constructor(root) {
    this.#root = root;
    this.#part("cancel").addEventListener("click", () => this.#cancelled?.abort());
    this.#part("retry").addEventListener("click", () => this.start(this.#format, this.#url));
    this.#part("close").addEventListener("click", () => this.#become("closed"));
  }

  async start(format, url) {
    this.#cancelled?.abort();
    const control = new AbortController();
    this.#cancelled = control;
    this.#format = format;
    this.#url = url;
    this.#become("running", `Exporting ${TITLES[format]}…`);
    try {
      await this.#run(control.signal);
    } catch (error) {
      this.#fail(error, control);
    }
  }

  async #run(signal) {
    const counter = new RowCounter(this.#format);
    const reply = await fetch(this.#url, { signal });
    if (!reply.ok) throw await errorFromReply(reply);
    const total = Number(reply.headers.get("X-Events-Total") ?? NaN);
    let size = 0;
    const blob = await readAsBlob(reply, (part) => {
      counter.add(part);
      size += part.length;
      this.#showProgress(counter.count, size, total);
    });
    if (blob) this.#save(blob, fileNameOf(reply.headers.get("Content-Disposition")), counter.count);
    else this.#leave();
  }

  #save(blob, name, rows) {
    saveBlob(blob, name);
    this.#become("done", `Saved ${this.#rows(rows)}, ${formatBytes(blob.size)}: ${name}`);
  }

  #leave() {
    downloadInBrowser(this.#url);
    this.#become("done", "Large export: your browser downloads it now. See its downloads for the progress.");
  }

  #fail(error, control) {
    if (control !== this.#cancelled) return; // another export was started
    if (error.name === "AbortError") this.#become("done", "Export cancelled. Nothing was saved.");
    else if (error.status !== undefined) this.#become("failed", error.message);
    else this.#become("failed", "The connection was lost. Nothing was saved.");
  }

  #rows(n) {
    return this.#format === "raw" ? pluralize(n, "line") : pluralize(n, "event");
  }

  #showProgress(rows, size, total) {
    if (performance.now() - this.#paintedAt < PAINT_EVERY) return;
    this.#paintedAt = performance.now();
    const share = total > 0 ? Math.min(1, rows / total) : NaN;
    const percent = Number.isNaN(share) ? "" : ` · ${formatCount(Math.floor(100 * share))} %`;
    this.#part("words").textContent = `${this.#rows(rows)} · ${formatBytes(size)}${percent}`;
    const bar = this.#part("bar");
    if (Number.isNaN(share)) bar.removeAttribute("value");
    else bar.value = share;
  }

  // `state` is running, done, failed or closed.
  #become(state, words = "") {
    clearTimeout(this.#timer);
    this.#root.hidden = state === "closed";
    this.#root.dataset.state = state;
    this.#part("words").textContent = words;
    this.#part("bar").removeAttribute("value");
    this.#part("bar").hidden = this.#part("cancel").hidden = state !== "running";
    this.#part("retry").hidden = state !== "failed";
    this.#part("close").hidden = state === "running";
    if (words) announce(words);
    if (state === "done") this.#timer = setTimeout(() => this.#become("closed"), DONE_FOR);
  }

  #part(name) {
    return this.#root.querySelector(`[data-export-${name}]`);
  }
}
