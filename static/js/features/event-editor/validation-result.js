import { problemRangeIn } from "../../core/json/problem-range.js";
import { lineAndColumn } from "../../core/text/excerpt.js";
import { formatCount, pluralize } from "../../core/text/format-count.js";
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

function fateOf({ status, balance: { received, invalid, malformed } }) {
  const dropped = invalid + malformed;
  if (status !== 200 || !dropped) return "";
  if (received === 1) return ", but the vendor would drop the event";
  return `, but the vendor would drop ${dropped === received ? "all" : formatCount(dropped)} of them`;
}

// "2 events: 1 malformed, 1 valid. The sender would get 200, but the vendor would drop 1 of them."
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
