// The steps of a JSON Pointer (RFC 6901).
export function pointerSteps(pointer) {
  if (pointer === "") return [];
  return pointer
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

const INDEX = /^(?:0|[1-9]\d*)$/;

// The child at a step. If a key repeats, the last one counts, as in every parser.
export function childAt(node, step) {
  if (node.kind === "object") return node.members.findLast((m) => m.name === step)?.value;
  if (node.kind === "array" && INDEX.test(step)) return node.items[Number(step)];
  return undefined;
}

// Follows a pointer as far as the document goes: `nodes` from the root on, `rest` the steps without
// a node.
export function followPointer(root, pointer) {
  const nodes = [root];
  const rest = pointerSteps(pointer);
  while (rest.length) {
    const next = childAt(nodes.at(-1), rest[0]);
    if (!next) break;
    nodes.push(next);
    rest.shift();
  }
  return { nodes, rest };
}
