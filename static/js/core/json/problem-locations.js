import { followPointer } from "./json-pointer.js";
import { isContainer } from "./lossless-json.js";

// A missing field, shown in its parent like a member.
class Ghost {
  kind = "ghost";
  ghosts = [];

  constructor(name) {
    this.name = name;
  }
}

function ghostIn(ghosts, name) {
  const known = ghosts.find((ghost) => ghost.name === name);
  if (known) return known;
  const ghost = new Ghost(name);
  ghosts.push(ghost);
  return ghost;
}

function listAt(map, key) {
  if (!map.has(key)) map.set(key, []);
  return map.get(key);
}

// Locates the problems of an event in its tree.
export class ProblemLocations {
  problems = new Map(); // node or ghost → its problems
  ghosts = new Map(); // container → the ghosts in it
  onTheWay = new Set(); // containers that must be open to show a problem
  within = new Set(); // nodes with a problem at or below them

  constructor(root, problems) {
    for (const problem of problems) this.#place(root, problem);
  }

  #place(root, problem) {
    const { nodes, rest } = followPointer(root, problem.path ?? "");
    const deepest = nodes.at(-1);
    const missing = rest.length > 0 && isContainer(deepest);
    const place = missing ? this.#ghost(deepest, rest) : deepest;
    listAt(this.problems, place).push(problem);
    nodes.forEach((node) => this.within.add(node));
    nodes.slice(0, missing ? undefined : -1).forEach((node) => this.onTheWay.add(node));
  }

  #ghost(parent, [name, ...deeper]) {
    const ghost = ghostIn(listAt(this.ghosts, parent), name);
    return deeper.reduce((above, step) => ghostIn(above.ghosts, step), ghost);
  }
}
