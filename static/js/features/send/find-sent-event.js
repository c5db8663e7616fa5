const PAGE = 200;
const LOOKS = 10;
const WAIT = 3; // seconds that the server holds an answer back until something comes, unless told else

// The number that a text got that was just sent: of the events after a known one, the first
// whose text it holds; 0 when none came.
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
