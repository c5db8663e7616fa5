import { showTheme, turnTheme } from "./page/theme.js";
import { isTaken } from "./page/typing.js";

const button = document.querySelector("[data-theme-button]");

showTheme(button);
button.addEventListener("click", () => turnTheme(button));
document.addEventListener("keydown", (event) => {
  if (event.key === "t" && !isTaken(event)) turnTheme(button);
});
