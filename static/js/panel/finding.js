import { counted } from "../text/counts.js";
import { placeIn } from "../json/places.js";

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

// "3 events: 1 malformed, 2 valid. The sender would get 200."
export function sentenceOf(answer) {
  return `${eventsIn(answer)}The sender would get ${answer.status}.`;
}

// Every problem of an answer with its event's raw text and where it stands in the whole text.
export function findings(text, { events, problems }) {
  let from = 0;
  const ofEvents = events.flatMap((event) => {
    const start = Math.max(0, text.indexOf(event.raw, from));
    from = start + 1;
    return event.problems.map((problem) => {
      const [a, b] = placeIn(event.raw, problem);
      return { problem, raw: event.raw, place: [start + a, start + b] };
    });
  });
  const ofRequest = problems.map((problem) => ({ problem, raw: text, place: [0, 0] }));
  return [...ofRequest, ...ofEvents];
}
