const PAGE = 200;
const LOOKS = 10;
const WAIT = 3; // default seconds of the long poll

// Finds the number of an event that was just sent: the first after `after` whose text is part of
// the sent text; 0 if it did not arrive.
export async function findSentEvent(api, text, after, wait = WAIT) {
  const sent = text.toWellFormed();
  for (let look = 0; look < LOOKS; look++) {
    const { events, last } = await api.events({ after, limit: PAGE, wait });
    const found = events.find(({ raw }) => raw && sent.includes(raw));
    if (found) return found.seq;
    if (!events.length && after >= last) return 0;
    after = events.at(-1)?.seq ?? last;
  }
  return 0;
}
