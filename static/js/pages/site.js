import { isReservedKey } from "../dom/reserved-keys.js";
import { showTheme, switchTheme } from "../ui/theme.js";

const button = document.querySelector("[data-theme-button]");

showTheme(button);
button.addEventListener("click", () => switchTheme(button));
document.addEventListener("keydown", (event) => {
  if (event.key === "t" && !isReservedKey(event)) switchTheme(button);
});
