import "./copy-buttons.js";
import "./format-values.js";
import { Strays } from "../features/support/unmatched-requests.js";

new Strays(document.querySelector("[data-strays]"), {
  none: document.querySelector("[data-no-strays]"),
  live: document.querySelector("[data-live]"),
}).follow();
