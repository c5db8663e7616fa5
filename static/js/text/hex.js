const WIDTH = 16; // bytes a line

const two = (byte) => byte.toString(16).toUpperCase().padStart(2, "0");
const sign = (byte) => (byte > 0x1f && byte < 0x7f ? String.fromCharCode(byte) : "·");

function lineAt(bytes, start) {
  const line = [...bytes.subarray(start, start + WIDTH)];
  const halves = [line.slice(0, WIDTH / 2), line.slice(WIDTH / 2)];
  const hex = halves.map((half) => half.map(two).join(" ")).join("  ");
  return `${start.toString(16).toUpperCase().padStart(6, "0")}  ${hex.padEnd(3 * WIDTH)}  ${line.map(sign).join("")}`;
}

// Bytes of [from, to) as lines of a hex dump: where, the bytes, and those that are ASCII as text.
export function hexLines(bytes, from = 0, to = bytes.length) {
  const lines = [];
  for (let start = from; start < Math.min(to, bytes.length); start += WIDTH) lines.push(lineAt(bytes, start));
  return lines;
}

export function fromBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
