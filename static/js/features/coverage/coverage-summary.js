import { formatCount, pluralize } from "../../core/text/format-count.js";

// How complete the coverage is, in a sentence or two.
export function coverageLead({ vendor, names_seen, known, not_seen }) {
  if (!names_seen) return known ? `No event name seen yet. ${vendor} knows ${known}.` : "No event name seen yet.";
  const seen = `${pluralize(names_seen, "event name")} seen.`;
  if (!known) return `${seen} ${vendor} prescribes none: all names are your own.`;
  if (!not_seen.length) return `${seen} All ${known} that ${vendor} knows are among them.`;
  return `${seen} ${vendor} knows ${known}, ${known - not_seen.length} of them seen.`;
}

// A note if the list is truncated.
export function unlistedNote({ names, names_seen }) {
  const listed = names.filter(({ name }) => name !== null).length;
  return listed < names_seen ? `The ${formatCount(listed)} most frequent names are listed.` : "";
}
