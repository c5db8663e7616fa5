import "./copy-buttons.js";
import "./format-values.js";
import { UnmatchedRequests } from "../features/support/unmatched-requests.js";

new UnmatchedRequests(document.querySelector("[data-unmatched]"), {
  none: document.querySelector("[data-no-unmatched]"),
  live: document.querySelector("[data-live]"),
}).follow();
