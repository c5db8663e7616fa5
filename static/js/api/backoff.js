const FIRST = 500;
const LONGEST = 10_000;

// Milliseconds before the next try. Half of it is chance, so that the pages of a
// restarted server do not all come back at once.
export function delayBefore(attempt, random = Math.random) {
  const full = Math.min(LONGEST, FIRST * 2 ** attempt);
  return Math.round(full / 2 + (full / 2) * random());
}
