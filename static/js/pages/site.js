import { showTheme, turnTheme } from "../ui/theme.js";
import { isTaken } from "../dom/reserved-keys.js";

const button = document.querySelector("[data-theme-button]");

showTheme(button);
button.addEventListener("click", () => turnTheme(button));
document.addEventListener("keydown", (event) => {
  if (event.key === "t" && !isTaken(event)) turnTheme(button);
});
