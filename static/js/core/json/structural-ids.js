import { isContainer } from "./lossless-json.js";

function childValues(node) {
  return node.members?.map(({ value }) => value) ?? node.items ?? [];
}

const byName = (a, b) => (a.name < b.name ? -1 : Number(a.name > b.name));

// Assigns each value a number; two values share it if they are equal token by token, in any order
// of keys. Iterative; time and memory are linear in the text.
export class StructuralIds {
  #bySpelling = new Map();
  #byNode = new Map();

  constructor(...roots) {
    for (const root of roots) this.#add(root);
  }

  of(node) {
    return this.#byNode.get(node);
  }

  #add(root) {
    const open = [{ node: root, entered: false }];
    while (open.length) {
      const { node, entered } = open.at(-1);
      if (!entered && isContainer(node)) {
        open.at(-1).entered = true;
        for (const node_ of childValues(node)) open.push({ node: node_, entered: false });
      } else {
        open.pop();
        this.#byNode.set(node, this.#numberOf(this.#spell(node)));
      }
    }
  }

  #numberOf(spelling) {
    if (!this.#bySpelling.has(spelling)) this.#bySpelling.set(spelling, this.#bySpelling.size);
    return this.#bySpelling.get(spelling);
  }

  #spell(node) {
    if (!isContainer(node)) return `=${node.text}`;
    if (node.kind === "array") return `[${node.items.map((item) => this.of(item))}`;
    const members = node.members.toSorted(byName);
    return `{${members.map(({ name, value }) => `${JSON.stringify(name)}:${this.of(value)}`)}`;
  }
}
