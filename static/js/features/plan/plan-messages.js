import { formatCount, pluralize } from "../../core/text/format-count.js";
import { formatDayAndClock } from "../../core/text/format-time.js";

const moveOf = ({ from, to, count: many }) => `${formatCount(many)} ${from} → ${to}`;

// Summarizes the verdicts that a version of the plan changed.
export function judgedWords({ version, judging }) {
  if (!version) return "No plan yet: only the vendor’s rules apply.";
  const { done, looked_at, moves, seconds } = judging;
  if (!done) return `Version ${version} is in force. Stored events are being re-validated…`;
  const summary = `Version ${version} is in force. ${pluralize(looked_at, "stored event")} re-validated in ${seconds.toFixed(1)} s`;
  return moves.length ? `${summary}: ${moves.map(moveOf).join(", ")}.` : `${summary}: no verdict changed.`;
}

// Why a version of the plan is suspended, and the remedy; "" if it is active.
export function suspendedWords({ version, suspended }) {
  if (!suspended) return "";
  const { at, reason } = suspended;
  return `Version ${version} is suspended since ${formatDayAndClock(at)}: no event is checked against it. ${reason} Simplify the plan and save it to apply it again, also to stored events.`;
}

export function mistakesWords(many) {
  return many ? pluralize(many, "error") : "No errors";
}

const REASONS = {
  invalid: "invalid by the vendor’s rules",
  malformed: "malformed",
  unnamed: "without a name",
  too_large: "too large",
  too_many_names: "beyond the most names of a plan",
};

function leftOutWords(left_out) {
  const reasons = Object.entries(left_out).filter(([, many]) => many);
  const total = reasons.reduce((sum, [, many]) => sum + many, 0);
  if (!total) return "";
  const listed = reasons.map(([reason, many]) => `${formatCount(many)} ${REASONS[reason]}`).join(", ");
  return ` ${pluralize(total, "event was", "events were")} left out: ${listed}.`;
}

// The source of an inferred plan: the events used, and those left out.
export function inferredWords({ events, names, left_out }) {
  const leftOut = leftOutWords(left_out);
  if (!events) return `${leftOut ? "No event can be used." : "No events to infer from: send some first."}${leftOut}`;
  return `Inferred from ${pluralize(events, "event")} with ${pluralize(names, "name")}.${leftOut} Review it, then save.`;
}
