import { writeStorage } from "../dom/safe-storage.js";
import { showIcon } from "../dom/templates.js";

const NEXT = { system: "light", light: "dark", dark: "system" };
const root = document.documentElement;

export function showTheme(button) {
  const theme = root.dataset.theme;
  showIcon(button.querySelector("svg"), theme);
  button.ariaLabel = `Theme: ${theme}`;
  button.title = `Theme: ${theme} (t)`;
}

export function switchTheme(button) {
  root.dataset.theme = NEXT[root.dataset.theme];
  writeStorage("theme", root.dataset.theme);
  showTheme(button);
}
