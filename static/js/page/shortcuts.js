import { isTaken } from "./typing.js";

const EVERYWHERE = {
  j: "older",
  k: "newer",
  p: "pause",
  " ": "pause",
  c: "copy",
  l: "link",
  e: "edit",
  x: "compare",
  "[": "previousTab",
  "]": "nextTab",
  v: "coverage",
  "/": "query",
  f: "values",
  "?": "keys",
  Escape: "close",
};
const IN_LIST = { ArrowDown: "older", ArrowUp: "newer", Home: "newest", Enter: "open" };

function actionFor({ key, target }) {
  const isList = target === document.body || target.matches("main, [role=grid]");
  return EVERYWHERE[key] ?? (isList ? IN_LIST[key] : undefined);
}

export function wireShortcuts(actions) {
  document.addEventListener("keydown", (event) => {
    const action = isTaken(event) ? undefined : actionFor(event);
    if (!action) return;
    event.preventDefault();
    actions[action]();
  });
}
