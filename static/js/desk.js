import "./forms.js";
import "./pairs.js";
import { Strays } from "./desk/strays.js";

new Strays(document.querySelector("[data-strays]"), {
  none: document.querySelector("[data-no-strays]"),
  live: document.querySelector("[data-live]"),
}).follow();
