const two = (byte) => byte.toString(16).toUpperCase().padStart(2, "0");
const sign = (byte) => (byte > 0x1f && byte < 0x7f ? String.fromCharCode(byte) : "·");

function lineAt(bytes, start, width) {
  const line = [...bytes.subarray(start, start + width)];
  const hex = line.map((byte, at) => (at === 8 ? ` ${two(byte)}` : two(byte))).join(" ");
  const place = start.toString(16).toUpperCase().padStart(6, "0");
  return `${place}  ${hex.padEnd(3 * width)}  ${line.map(sign).join("")}`;
}

// The bytes of [from, to) as lines of a hex dump: offset, bytes, ASCII.
export function hexDumpLines(bytes, from = 0, to = bytes.length, width = 16) {
  const lines = [];
  for (let start = from; start < Math.min(to, bytes.length); start += width) lines.push(lineAt(bytes, start, width));
  return lines;
}

export function bytesFromBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
