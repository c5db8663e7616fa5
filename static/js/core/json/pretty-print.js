import { isContainer, sizeOf } from "./lossless-json.js";

const STEP = "  ";
const INDENTS = 16; // levels; deeper lines are not indented further

const BRACKETS = { object: ["{", "}"], array: ["[", "]"] };

function entriesOf(node, level) {
  const members = node.members ?? node.items.map((value) => ({ value }));
  return members.map(({ key, value }, at) => ({
    value,
    level,
    before: key === undefined ? "" : `${key}: `,
    after: at < members.length - 1 ? "," : "",
  }));
}

// Formats a tree as indented text. Tokens and their order stay as sent.
export function prettyPrint(root) {
  const lines = [];
  const stack = [{ value: root, level: 0, before: "", after: "" }];
  while (stack.length) {
    const { value, level, before, after, closing } = stack.pop();
    const start = STEP.repeat(Math.min(level, INDENTS)) + (closing ?? before);
    if (closing) lines.push(start + after);
    else if (!isContainer(value)) lines.push(start + value.text + after);
    else if (!sizeOf(value)) lines.push(start + BRACKETS[value.kind].join("") + after);
    else {
      lines.push(start + BRACKETS[value.kind][0]);
      stack.push({ level, after, closing: BRACKETS[value.kind][1] });
      for (const entry of entriesOf(value, level + 1).reverse()) stack.push(entry);
    }
  }
  return lines.join("\n");
}
