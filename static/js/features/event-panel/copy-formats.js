import { parseJson } from "../../core/json/lossless-json.js";
import { prettyPrint } from "../../core/json/pretty-print.js";
import { explainEvent } from "../../core/text/explain-event.js";
import { hashOfEvent } from "../../dom/route.js";
import { problemPlace } from "./problem-item.js";

const { origin, pathname } = location;

// A link to the event, without the filter, which could hide it from the recipient.
function linkToEvent(seq) {
  return origin + pathname + hashOfEvent(seq);
}

function indented(raw) {
  try {
    return prettyPrint(parseJson(raw));
  } catch {
    return raw;
  }
}

// The copy formats of an event by name, without the keys.
export const COPY_FORMATS = {
  event: ({ raw }) => indented(raw),
  raw: ({ raw }) => raw,
  explanation: (event) =>
    explainEvent(event, {
      placeOf: (problem) => problemPlace(problem, event.raw),
      help: `${origin}/help/problems`,
      link: linkToEvent(event.seq),
    }),
  link: ({ seq }) => linkToEvent(seq),
};

// Why a format is not available; "" if it is.
export function obstacleToCopy(what, { raw, raw_base64, verdict }) {
  if (what === "explanation" || what === "link") return "";
  if (raw === null) return "The text is not loaded yet.";
  if (what === "curl" && raw_base64 !== undefined) return "A command line cannot contain these bytes.";
  return what === "event" && verdict === "malformed" ? "It is not a JSON object." : "";
}
