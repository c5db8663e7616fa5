// The checklist as the page shows it: how its own line to the server stands, then how far the
// newest request came. Pure.

const TITLES = {
  connected: "Connected",
  request: "Request seen",
  keys: "Keys accepted",
  body: "Body inflated",
  lines: "Line parsed",
  required: "Required fields present",
  valid: "Valid event",
};

export const STEP_WORDS = { open: "not yet", done: "done", failed: "failed" };

const LINES = {
  connecting: { state: "open", message: "Connecting…" },
  live: { state: "done" },
  reconnecting: { state: "failed", message: "The server does not answer.", hint: "This page keeps trying." },
  "signed-out": { state: "failed", message: "You are signed out.", hint: "Sign in again to see this stream." },
  "over-limit": { state: "failed", message: "This page is not live.", hint: "Close other pages of this server, then try again." },
};

const NAMES = Object.keys(TITLES);
const OPEN = NAMES.slice(1).map((name) => ({ name, state: "open" }));

// `line` is the state of the feed, `answer` what the server said last, or null.
export function checklistSteps(line, answer) {
  const steps = [{ name: "connected", ...LINES[line] }, ...(answer?.steps ?? OPEN)];
  return steps.map((step) => ({ message: "", hint: "", code: "", seq: null, ...step, title: TITLES[step.name] }));
}

// Why the newest request came no further, in one sentence and its remedy; "" when it did, or when
// there was none.
export function failureReason(answer) {
  const failed = answer?.steps.find(({ state }) => state === "failed");
  return failed ? [failed.message, failed.hint].filter(Boolean).join(" ") : "";
}
