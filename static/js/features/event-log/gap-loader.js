const PART = 200;
const LONG = 4_096; // longer texts are not kept in memory, as in the feed

function light(event) {
  return event.raw?.length > LONG ? { ...event, raw: null, raw_base64: undefined } : event;
}

// The range that a reply covers. It can end early at its limit of bytes or time: only an empty,
// complete reply means that the gap is empty.
function rangeOf({ from, to }, { events, searched_to: reached }, isUpwards) {
  if (reached !== undefined) return isUpwards ? [from, reached] : [reached, to];
  if (!events.length) return [from, to];
  return isUpwards ? [from, events.at(-1).seq] : [events.at(-1).seq, to];
}

// Loads events at the upper edge of a gap, or at the lower one for a reader who scrolls up.
export async function loadGap(api, log, gap, { place, isUpwards = false, part = PART }) {
  const { era } = log;
  const range = { after: gap.from - 1, before: gap.to + 1 };
  const answer = await api.events({
    ...range,
    limit: part,
    order: isUpwards ? "asc" : "desc",
    ...(log.query && { q: log.query }),
    ...(log.highlight && { q: log.highlight, mode: "highlight" }),
  });
  const { events } = answer;
  if (era !== log.era) return;
  if (!events.length && !log.query) log.keepsNothingUpTo(gap.to);
  else log.fill(inOrder(events).map(light), ...rangeOf(gap, answer, isUpwards), place);
}

// Loads the events around a number, unless they are in memory.
export async function loadAround(api, log, seq) {
  const gap = log.gapAt(seq);
  if (!gap) return;
  const [from, to] = [Math.max(gap.from, seq - PART / 2), gap.to];
  await loadGap(api, log, { from, to }, { place: seq, isUpwards: true });
}

function inOrder(events) {
  return events.toSorted((a, b) => a.seq - b.seq);
}
