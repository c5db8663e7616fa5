const COLUMNS = ["name", "count", "valid", "warning", "invalid", "malformed", "first_seen", "last_seen"];
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;
const FORMULA_INSIDE = /[;\t,"\r\n](?=[=+\-@＝＋－＠])/g; // separators that spreadsheets split at

// Text is quoted, and gets an apostrophe before characters that start a formula in a spreadsheet.
function cell(value) {
  if (typeof value !== "string") return String(value ?? "");
  const guarded = value.replace(FORMULA_INSIDE, "$&'");
  return `"${FORMULA.test(guarded) ? "'" : ""}${guarded.replaceAll('"', '""')}"`;
}

const problemText = ({ code, path, count }) => `${code}${path && ` ${path}`} ×${count}`;

// The table as CSV; names without events have a count of 0.
export function coverageCsv({ names, not_seen }) {
  const missing = not_seen.map((name) => ({ name, count: 0, problems: [] }));
  const rows = [...names, ...missing].map((entry) => [
    ...COLUMNS.map((column) => entry[column]),
    entry.problems.map(problemText).join("; "),
  ]);
  return [[...COLUMNS, "problems"], ...rows].map((row) => row.map(cell).join(",")).join("\n");
}
