import { placeIn } from "../../core/json/problem-range.js";
import { count, counted } from "../../core/text/format-count.js";
import { lineAndColumn } from "../../core/text/excerpt.js";
import { placeOf } from "../event-panel/problem-item.js";

const WORST_FIRST = ["malformed", "invalid", "warning", "valid"];
const WORDS = { valid: "valid", warning: "with warnings", invalid: "invalid", malformed: "malformed" };

// The worst verdict among the events of an answer; "refused" when none was taken.
export function verdictOf({ balance }) {
  return WORST_FIRST.find((verdict) => balance[verdict]) ?? "refused";
}

function eventsIn({ balance }) {
  if (balance.received === 1) return "";
  const kinds = WORST_FIRST.filter((verdict) => balance[verdict]);
  const told = kinds.map((verdict) => `${balance[verdict]} ${WORDS[verdict]}`).join(", ");
  return `${counted(balance.received, "event")}${told && `: ${told}`}. `;
}

function fateOf({ status, balance: { received, invalid, malformed } }) {
  const dropped = invalid + malformed;
  if (status !== 200 || !dropped) return "";
  if (received === 1) return ", but the vendor would drop the event";
  return `, but the vendor would drop ${dropped === received ? "all" : count(dropped)} of them`;
}

// "2 events: 1 malformed, 1 valid. The sender would get 200, but the vendor would drop 1 of them."
export function sentenceOf(answer) {
  return `${eventsIn(answer)}The sender would get ${answer.status}${fateOf(answer)}.`;
}

function ofEvent(event, start, text) {
  return event.problems.map((problem) => {
    const [a, b] = placeIn(event.raw, problem).map((at) => start + at);
    const isOneOfSeveral = event.raw.trim() !== text.trim();
    const { line } = lineAndColumn(text, a);
    const words = placeOf(problem, event.raw);
    return { problem, place: [a, b], words: isOneOfSeveral ? `line ${count(line)}: ${words}` : words };
  });
}

// Every problem of an answer, and where it stands in the text that was asked about.
export function findings(text, { events, problems }) {
  let from = 0;
  const ofEvents = events.flatMap((event) => {
    const start = Math.max(0, text.indexOf(event.raw, from));
    from = start + 1;
    return ofEvent(event, start, text);
  });
  const ofRequest = problems.map((problem) => ({ problem, place: [0, 0], words: "whole request" }));
  return [...ofRequest, ...ofEvents];
}
