// Control and bidirectional characters hide or reorder the text around them; unusual white space
// looks like a plain space.
const UNSEEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u00a0\u00ad\u061c\u1680\u2000-\u200f\u2028-\u202f\u205f-\u2069\u3000\ufeff\ufff9-\ufffb]/;

// Whether a text contains an invisible character.
export function hasInvisible(text) {
  return UNSEEN.test(text);
}

// A visible symbol for an invisible character: "␀" for controls, "U+202E" for the rest.
export function visibleSymbol(character) {
  const code = character.codePointAt(0);
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  return code === 0x7f ? "␡" : codePointName(character);
}

export function codePointName(character) {
  return `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
}

const CUT = new RegExp(`(${UNSEEN.source})`);

// Splits a text into visible parts and single invisible characters.
export function splitInvisible(text) {
  return text.split(CUT).filter((part) => part !== "");
}
