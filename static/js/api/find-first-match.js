// The first event that matches, however long the search takes: the server answers part by part.
// Undefined when there is none.
export async function findFirstMatch(api, { order, ...range }) {
  for (;;) {
    const { events, searched_to } = await api.events({ ...range, order, limit: 1 });
    if (events.length || searched_to === undefined) return events[0];
    range = { ...range, [order === "desc" ? "before" : "after"]: searched_to };
  }
}
