// Finds the first event that matches, in as many requests as the search needs; undefined if none
// does.
export async function findFirstMatch(api, { order, ...range }) {
  for (;;) {
    const { events, searched_to } = await api.events({ ...range, order, limit: 1 });
    if (events.length || searched_to === undefined) return events[0];
    range = { ...range, [order === "desc" ? "before" : "after"]: searched_to };
  }
}
