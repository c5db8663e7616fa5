export const VERDICTS = ["valid", "warning", "invalid", "malformed"];

const MAX_SECONDS = 4_200; // seconds, the same as on the server

// Event counts per second and verdict: rows are [second, …counts].
export class CountsPerSecond {
  #seconds = new Map();

  clear() {
    this.#seconds.clear();
  }

  // Totals only grow, so the larger one wins over a late row.
  put(rows) {
    for (const [second, ...counts] of rows) {
      const had = this.#seconds.get(second);
      this.#seconds.set(second, had ? had.map((n, at) => Math.max(n, counts[at])) : counts);
    }
    this.#forget();
  }

  add(rows) {
    for (const [second, ...counts] of rows) {
      const had = this.#seconds.get(second);
      this.#seconds.set(second, had ? had.map((n, at) => n + counts[at]) : counts);
    }
    this.#forget();
  }

  // `count` bars of `step` seconds each, starting at `start`, oldest first.
  bars(start, step, count) {
    const bars = Array.from({ length: count }, (_, at) => ({
      from: start + at * step,
      step,
      counts: [0, 0, 0, 0],
      total: 0,
    }));
    for (const [second, counts] of this.#seconds) {
      const bar = bars[Math.floor((second - start) / step)];
      if (bar) addTo(bar, counts);
    }
    return bars;
  }

  #forget() {
    if (this.#seconds.size <= MAX_SECONDS) return;
    const newest = Math.max(...this.#seconds.keys());
    for (const second of this.#seconds.keys()) {
      if (second <= newest - MAX_SECONDS) this.#seconds.delete(second);
    }
  }
}

function addTo(bar, counts) {
  for (const [at, n] of counts.entries()) {
    bar.counts[at] += n;
    bar.total += n;
  }
}
