const BEFORE = 70; // characters kept on the line before the position
const AFTER = 90;
const LINES = 3; // whole lines kept above and below it
const LONG = 160;

// Converts a column (characters from 1) to an index in UTF-16 units.
export function unitIndex(text, column) {
  let index = 0;
  for (let character = 1; character < column && index < text.length; character++) {
    index += text.codePointAt(index) > 0xffff ? 2 : 1;
  }
  return index;
}

// The line and column, both from 1, of an index in UTF-16 units.
export function lineAndColumn(text, index) {
  const before = text.slice(0, index);
  const start = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: [...before.slice(start)].length + 1 };
}

function clipped(line) {
  return line.length > LONG ? `${line.slice(0, LONG)}…` : line;
}

function around(line, at) {
  const character = String.fromCodePoint(...(at < line.length ? [line.codePointAt(at)] : []));
  const end = at + character.length;
  return {
    left: (at > BEFORE ? "…" : "") + line.slice(Math.max(0, at - BEFORE), at),
    character,
    right: line.slice(end, end + AFTER) + (line.length > end + AFTER ? "…" : ""),
  };
}

// The character at a column with the text around it, cut to a readable length.
export function excerpt(text, column) {
  const index = unitIndex(text, column);
  const start = index ? text.lastIndexOf("\n", index - 1) + 1 : 0;
  const end = text.indexOf("\n", index);
  const line = text.slice(start, end < 0 ? undefined : end);
  const above = start ? text.slice(0, start - 1).split("\n") : [];
  const below = end < 0 ? [] : text.slice(end + 1).split("\n");
  return {
    number: above.length + 1,
    above: above.slice(-LINES).map(clipped),
    ...around(line, index - start),
    below: below.slice(0, LINES).map(clipped),
  };
}
