import { isReservedKey } from "../../dom/reserved-keys.js";

const EVERYWHERE = {
  j: "older",
  k: "newer",
  p: "pause",
  " ": "pause",
  c: "copy",
  l: "link",
  C: "clear",
  e: "edit",
  g: "group",
  x: "compare",
  "[": "previousTab",
  "]": "nextTab",
  v: "coverage",
  "/": "query",
  f: "values",
  "?": "keys",
  Escape: "close",
};
const IN_LIST = { ArrowDown: "older", ArrowUp: "newer", Home: "newest", Enter: "open", ArrowRight: "unfold", ArrowLeft: "fold" };

function actionFor({ key, target }) {
  const isList = target === document.body || target.matches("main, [data-events]");
  return EVERYWHERE[key] ?? (isList ? IN_LIST[key] : undefined);
}

// Binds keys to actions. An action that returns false leaves the key to the browser.
export function wireShortcuts(actions) {
  document.addEventListener("keydown", (event) => {
    const action = isReservedKey(event) ? undefined : actionFor(event);
    if (!action) return;
    if (actions[action]() !== false) event.preventDefault();
  });
}
