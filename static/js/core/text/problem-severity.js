export const SEVERITY_ICONS = { error: "invalid", warning: "warning" };

// The first error, else the first problem: shown where there is space for one only.
export function leadingProblem(problems) {
  return problems.find((problem) => problem.severity === "error") ?? problems[0];
}

const BASES = {
  documented: "documented by the vendor",
  rebuilt: "inferred from client libraries",
  plan: "your tracking plan",
};

export function ruleBasis(problem) {
  return BASES[problem.basis] ?? "";
}

// Whether the vendor discards the event, although the sender gets its 200. A violation of the tracking plan alone makes
// an event invalid, too, but the vendor does not know the plan.
export function isDiscarded({ verdict, problems }) {
  if (verdict === "malformed") return true;
  return problems.some(({ severity, basis }) => severity === "error" && basis !== "plan");
}
