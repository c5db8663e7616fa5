// The steps of the checklist: the page's connection, then the progress of the newest request. Pure.

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

// The steps of the checklist. `line` is the state of the feed, `answer` the last reply of the
// server or null.
export function checklistSteps(line, answer) {
  const steps = [{ name: "connected", ...LINES[line] }, ...(answer?.steps ?? OPEN)];
  return steps.map((step) => ({ message: "", hint: "", code: "", seq: null, ...step, title: TITLES[step.name] }));
}

// Why the newest request failed, and its remedy; "" if it succeeded or there was none.
export function failureReason(answer) {
  const failed = answer?.steps.find(({ state }) => state === "failed");
  return failed ? [failed.message, failed.hint].filter(Boolean).join(" ") : "";
}
