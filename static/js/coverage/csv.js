const COLUMNS = ["name", "count", "valid", "warning", "invalid", "malformed", "first_seen", "last_seen"];
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

// A name that a spreadsheet would take for a formula gets an apostrophe before it.
function cell(value) {
  const text = typeof value === "string" && FORMULA.test(value) ? `'${value}` : String(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const problemText = ({ code, path, count }) => `${code}${path && ` ${path}`} ×${count}`;

// The table as text for a spreadsheet; names that were not seen have a count of 0.
export function csvOf({ names, not_seen }) {
  const missing = not_seen.map((name) => ({ name, count: 0, problems: [] }));
  const rows = [...names, ...missing].map((entry) => [
    ...COLUMNS.map((column) => entry[column]),
    entry.problems.map(problemText).join("; "),
  ]);
  return [[...COLUMNS, "problems"], ...rows].map((row) => row.map(cell).join(",")).join("\n");
}
