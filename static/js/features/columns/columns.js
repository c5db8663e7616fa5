// The columns of the list by name: built-in columns, and dotted paths into the text of an event
// ("properties.plan"; with a leading dot if a built-in column has that name: ".size").

// name → [label, minimum width in rem, flex factor]
const KNOWN = {
  verdict: ["Verdict", 6.5, 0],
  seq: ["No.", 4, 0],
  time: ["Time", 6.75, 0],
  name: ["Name", 6, 1],
  account: ["Account", 4, 0.8],
  user: ["User", 4, 0.8],
  session: ["Session", 4, 0.7],
  problem: ["Problem", 10, 2.4],
  occurred: ["Occurred", 6.75, 0],
  delivery: ["Delivery", 5, 0],
  line: ["Line", 3.5, 0],
  size: ["Size", 4.5, 0],
};
const PATH_WIDTH = [5, 0.8];
const MAX_COLUMNS = 24;
const MAX_PATH_CHARS = 200; // characters of a path
const GAP = 0.75; // rem between columns
const ASIDE = 2; // rem at both edges

export const KNOWN_COLUMNS = Object.keys(KNOWN);
export const DEFAULT_COLUMNS = KNOWN_COLUMNS.slice(0, 8);

export const isPathColumn = (name) => !Object.hasOwn(KNOWN, name);

// The dotted path of a column.
export const columnPath = (name) => (name.startsWith(".") ? name.slice(1) : name);

// The column that shows a path.
export const columnNameOf = (path) => (isPathColumn(path) ? path : `.${path}`);

export const columnLabel = (name) => (isPathColumn(name) ? columnPath(name) : KNOWN[name][0]);

// Parses comma-separated column names of an address. Invalid ones are dropped; "" means the
// defaults.
export function parseColumnNames(text) {
  const names = text.split(",").map(unescaped).filter((name) => columnPath(name) && name.length <= MAX_PATH_CHARS);
  const known = [...new Set(names)].slice(0, MAX_COLUMNS);
  return known.length ? known : DEFAULT_COLUMNS;
}

export function formatColumnNames(names) {
  const isUsual = names.length === DEFAULT_COLUMNS.length && names.every((name, at) => name === DEFAULT_COLUMNS[at]);
  return isUsual ? "" : names.map(escaped).join(",");
}

const escaped = (name) => name.replaceAll("%", "%25").replaceAll(",", "%2C");
const unescaped = (name) => name.trim().replaceAll("%2C", ",").replaceAll("%25", "%");

// Moves a column to another index.
export function moveColumn(names, name, to) {
  const others = names.filter((other) => other !== name);
  return others.toSpliced(Math.max(0, to), 0, name);
}

export function addColumn(names, name) {
  return names.includes(name) || names.length >= MAX_COLUMNS ? names : [...names, name];
}

export function removeColumn(names, name) {
  return names.length > 1 ? names.filter((other) => other !== name) : names;
}

const sizeOf = (name) => (isPathColumn(name) ? PATH_WIDTH : KNOWN[name].slice(1));

// The tracks of the CSS grid: the user's widths, else the defaults. Without a verdict column, an
// icon comes first.
export function gridTracks(names, widths = {}) {
  const tracks = names.map((name) => {
    if (widths[name]) return `${widths[name]}px`;
    const [least, share] = sizeOf(name);
    return share ? `minmax(${least}rem, ${share}fr)` : `${least}rem`;
  });
  return (names.includes("verdict") ? tracks : ["1rem", ...tracks]).join(" ");
}

// The minimum width of all columns as a CSS length.
export function minimumWidth(names, widths = {}) {
  const drawn = names.reduce((sum, name) => sum + (widths[name] ?? 0), 0);
  const own = names.reduce((sum, name) => sum + (widths[name] ? 0 : sizeOf(name)[0]), 0);
  const icon = names.includes("verdict") ? 0 : 1 + GAP;
  return `calc(${drawn}px + ${own + icon + GAP * (names.length - 1) + ASIDE}rem)`;
}
