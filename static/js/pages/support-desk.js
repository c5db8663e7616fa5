import "./copy-buttons.js";
import "./format-values.js";
import { UnmatchedRequests } from "../features/support/unmatched-requests.js";

new UnmatchedRequests(document.querySelector("[data-strays]"), {
  none: document.querySelector("[data-no-strays]"),
  live: document.querySelector("[data-live]"),
}).follow();
