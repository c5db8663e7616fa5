// What a value is, in the words of JSON.
export function kindOf(node) {
  if (node.kind !== "literal") return node.kind;
  return node.text === "null" ? "null" : "boolean";
}
