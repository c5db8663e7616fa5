const PART = 200;
const LONG = 4_096; // like the feed, keep no longer texts in memory

function light(event) {
  return event.raw?.length > LONG ? { ...event, raw: null, raw_base64: undefined } : event;
}

// Loads what follows the upper edge of a gap, downwards, as the reader goes.
export async function loadGap(api, log, gap, place) {
  const wanted = Math.min(gap.count, PART);
  const range = { after: gap.from - 1, before: gap.to + 1, limit: wanted, order: "desc" };
  const { events } = await api.events(range);
  log.fill(events.map(light), place);
  if (events.length < wanted) log.keepsNothingUpTo((events.at(-1)?.seq ?? gap.to + 1) - 1);
}
