export const SEVERITY_ICONS = { error: "invalid", warning: "warning" };

// The first error, else the first problem: shown where there is space for one only.
export function leadingProblem(problems) {
  return problems.find((problem) => problem.severity === "error") ?? problems[0];
}

const BASES = {
  documented: "documented by the vendor",
  rebuilt: "inferred from client libraries",
  plan: "your own plan",
};

export function ruleBasis(problem) {
  return BASES[problem.basis] ?? "";
}
