import { problemRangeIn } from "../../core/json/problem-range.js";
import { lineAndColumn } from "../../core/text/excerpt.js";
import { formatCount, pluralize } from "../../core/text/format-count.js";
import { isDiscarded } from "../../core/text/problem-severity.js";
import { problemPlace } from "../event-panel/problem-item.js";

const WORST_FIRST = ["malformed", "invalid", "warning", "valid"];
const WORDS = { valid: "valid", warning: "with warnings", invalid: "invalid", malformed: "malformed" };

// The worst verdict of a reply; "refused" if no event was accepted.
export function worstVerdict({ balance }) {
  return WORST_FIRST.find((verdict) => balance[verdict]) ?? "refused";
}

function eventsIn({ balance }) {
  if (balance.received === 1) return "";
  const kinds = WORST_FIRST.filter((verdict) => balance[verdict]);
  const counts = kinds.map((verdict) => `${balance[verdict]} ${WORDS[verdict]}`).join(", ");
  return `${pluralize(balance.received, "event")}${counts && `: ${counts}`}. `;
}

// The answer holds the first events only, if there are very many.
function fateOf({ status, balance: { received, invalid, malformed }, events }) {
  if (status !== 200 || !(invalid + malformed)) return "";
  const discarded = events.filter(isDiscarded).length;
  const isComplete = events.length === received;
  if (!discarded) return isComplete ? ", and the vendor would accept what does not fit the tracking plan" : "";
  if (received === 1) return ", but the vendor would discard the event";
  const many = discarded === received ? "all" : formatCount(discarded);
  return `, but the vendor would discard ${isComplete ? "" : "at least "}${many} of them`;
}

// "2 events: 1 malformed, 1 valid. The sender would get 200, but the vendor would discard 1 of them."
export function validationSummary(answer) {
  return `${eventsIn(answer)}The sender would get ${answer.status}${fateOf(answer)}.`;
}

function ofEvent(event, start, text) {
  return event.problems.map((problem) => {
    const [a, b] = problemRangeIn(event.raw, problem).map((at) => start + at);
    const isOneOfSeveral = event.raw.trim() !== text.trim();
    const { line } = lineAndColumn(text, a);
    const words = problemPlace(problem, event.raw);
    return { problem, place: [a, b], words: isOneOfSeveral ? `line ${formatCount(line)}: ${words}` : words };
  });
}

// Every problem of a reply with its position in the validated text.
export function locateProblems(text, { events, problems }) {
  let from = 0;
  const ofEvents = events.flatMap((event) => {
    const start = Math.max(0, text.indexOf(event.raw, from));
    from = start + 1;
    return ofEvent(event, start, text);
  });
  const ofRequest = problems.map((problem) => ({ problem, place: [0, 0], words: "whole request" }));
  return [...ofRequest, ...ofEvents];
}
