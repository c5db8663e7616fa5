const FIRST = 500;
const MAX_DELAY = 10_000;

// Exponential backoff: milliseconds before the next attempt. Half of it is random, which spreads
// the reconnects after a server restart.
export function delayBefore(attempt, random = Math.random) {
  const full = Math.min(MAX_DELAY, FIRST * 2 ** attempt);
  return Math.round(full / 2 + (full / 2) * random());
}
