import { formatCount, pluralize } from "../../core/text/format-count.js";

// The parameters of an export of the listed events. A highlight query does not filter the export.
export function exportScope(address) {
  const isFilter = address.get("mode") !== "highlight";
  const [q, since] = [isFilter ? address.get("q") : "", address.get("since")];
  return { ...(q && { q }), ...(since && { after: since }) };
}

// "1,204 events", "Events that match the query, after No. 12".
export function describeScope({ q, after }, { first, last }) {
  const start = Math.max(first || last + 1, Number(after ?? 0) + 1);
  const since = after ? ` after No. ${formatCount(Number(after))}` : "";
  if (q) return `Events that match the query${since}`;
  return `${pluralize(Math.max(0, last + 1 - start), "event")}${since || " kept"}`;
}
