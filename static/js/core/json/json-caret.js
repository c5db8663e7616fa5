// The string at the caret in possibly incomplete JSON: {path, isKey, from, to, part}; null outside of strings.
// `path` holds the keys and indexes that lead there.
export function jsonContextAt(text, caret) {
  const open = []; // {kind, key, index, isValue}
  for (let at = 0; at < caret; at++) {
    const character = text[at];
    if (character === '"') {
      const end = stringEnd(text, at);
      if (end > caret || end === Infinity) return inString(open, text, at, Math.min(end, lineEnd(text, caret)), caret);
      remember(open.at(-1), text.slice(at + 1, end - 1));
      at = end - 1;
    } else if (character === "{" || character === "[") {
      open.push({ kind: character, key: "", index: 0, isValue: character === "[" });
    } else if (character === "}" || character === "]") {
      open.pop();
    } else {
      step(open.at(-1), character);
    }
  }
  return null;
}

function stringEnd(text, start) {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '"') return at + 1;
    if (text[at] === "\n") return Infinity;
    if (text[at] === "\\") at += 1;
  }
  return Infinity;
}

function lineEnd(text, caret) {
  const end = text.slice(caret).search(/[\n",:}\]]/);
  return end < 0 ? text.length : caret + end;
}

function remember(frame, content) {
  if (frame?.kind === "{" && !frame.isValue) frame.key = content;
}

function step(frame, character) {
  if (!frame) return;
  if (character === ":") frame.isValue = true;
  if (character !== ",") return;
  frame.isValue = frame.kind === "[";
  frame.index += 1;
}

function inString(open, text, start, end, caret) {
  const frame = open.at(-1);
  const isKey = frame?.kind === "{" && !frame.isValue;
  const steps = open.map(({ kind, key, index }) => (kind === "{" ? key : index));
  return {
    path: isKey ? steps.slice(0, -1) : steps,
    isKey,
    from: start + 1,
    to: Math.max(caret, text[end - 1] === '"' ? end - 1 : end),
    part: text.slice(start + 1, caret),
  };
}
