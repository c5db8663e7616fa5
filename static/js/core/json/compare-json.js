// Compares two trees of lossless-json into rows to draw, each with its level:
//   {kind: "same", key, left, right}                  equal, token by token
//   {kind: "changed", key, left, right}               different values
//   {kind: "left" | "right", key, node}               on one side only
//   {kind: "open" | "close", key, left, right}        objects or arrays that differ inside
//   {kind: "fold", rows, of}                          a run of equal ones; of: object or array
import { longestCommonSubsequence } from "../text/lcs.js";
import { isContainer } from "./lossless-json.js";
import { StructuralIds } from "./structural-ids.js";

const FEW = 2; // equal scalars in a row that are shown instead of folded
const DEEP = 1_000; // levels; anything deeper is compared as a whole

// Members by name. If a name repeats, the first is compared with the first, and so on.
function byName(members) {
  const seen = new Map();
  return new Map(
    members.map((member) => {
      const time = (seen.get(member.name) ?? 0) + 1;
      seen.set(member.name, time);
      return [`${time} ${member.name}`, member];
    }),
  );
}

// A member that only the right side has follows its predecessor there.
function pairMembers(left, right) {
  const [lefts, rights] = [byName(left.members), byName(right.members)];
  const alone = new Map([["", []]]);
  let before = "";
  for (const [name, member] of rights) {
    if (lefts.has(name)) alone.set((before = name), []);
    else alone.get(before).push({ key: member.key, right: member.value });
  }
  const pairs = [...lefts].flatMap(([name, { key, value }]) => [
    { key, left: value, right: rights.get(name)?.value },
    ...(alone.get(name) ?? []),
  ]);
  return [...alone.get(""), ...pairs];
}

// Items between two common ones are paired in order.
function pairItems({ items: lefts }, { items: rights }, identities) {
  const ids = (items) => items.map((item) => identities.of(item));
  const pairs = [];
  let [i, j] = [0, 0];
  for (const [atLeft, atRight] of [...longestCommonSubsequence(ids(lefts), ids(rights)), [lefts.length, rights.length]]) {
    while (i < atLeft || j < atRight) {
      pairs.push({ left: i < atLeft ? lefts[i++] : undefined, right: j < atRight ? rights[j++] : undefined });
    }
    if (atLeft < lefts.length || atRight < rights.length) pairs.push({ left: lefts[i++], right: rights[j++] });
  }
  return pairs;
}

function folded(pairs, level, of) {
  const rows = pairs.map((pair) => ({ ...pair, kind: "same", level }));
  const isShort = rows.length <= FEW && !rows.some(({ left }) => isContainer(left));
  return isShort ? rows : [{ kind: "fold", level, rows, of }];
}

class Comparison {
  rows = [];
  differences = 0;
  #identities;

  constructor(left, right) {
    this.#identities = new StructuralIds(left, right);
    const stack = [{ level: 0, left, right }];
    while (stack.length) {
      const entry = stack.pop();
      if (entry.kind) this.rows.push(entry);
      else this.#take(entry, stack);
    }
  }

  #take({ key, left, right, level }, stack) {
    if (!left || !right) return this.#differ({ kind: left ? "left" : "right", level, key, node: left ?? right });
    if (this.#isSame(left, right)) return this.rows.push({ kind: "same", level, key, left, right });
    if (!isContainer(left) || left.kind !== right.kind || level > DEEP) return this.#differ({ kind: "changed", level, key, left, right });
    this.rows.push({ kind: "open", level, key, left, right });
    stack.push({ kind: "close", level, left, right });
    for (const row of this.#within(left, right, level + 1).reverse()) stack.push(row);
  }

  #within(left, right, level) {
    const pairs = left.kind === "object" ? pairMembers(left, right) : pairItems(left, right, this.#identities);
    const found = [];
    let same = [];
    const fold = () => {
      if (same.length) found.push(...folded(same, level, left.kind));
      same = [];
    };
    for (const pair of pairs) {
      if (this.#isSame(pair.left, pair.right)) same.push(pair);
      else {
        fold();
        found.push({ ...pair, level });
      }
    }
    fold();
    return found;
  }

  #differ(row) {
    this.differences += 1;
    this.rows.push(row);
  }

  #isSame(left, right) {
    return Boolean(left && right) && this.#identities.of(left) === this.#identities.of(right);
  }
}

// Compares two trees: {rows, differences}.
export function compareJson(left, right) {
  const { rows, differences } = new Comparison(left, right);
  return { rows, differences };
}
