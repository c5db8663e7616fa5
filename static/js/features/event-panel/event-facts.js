import { formatBytes, formatCount } from "../../core/text/format-count.js";
import { isDiscarded } from "../../core/text/problem-severity.js";
import { showText } from "../../dom/show-text.js";
import { templateElement } from "../../dom/templates.js";
import { timeElement } from "../../ui/time-elements.js";

export function factElement([word, value, title]) {
  const element = templateElement("fact");
  element.querySelector("dt").textContent = word;
  if (value instanceof Element) element.querySelector("dd").append(value);
  else showText(element.querySelector("dd"), value);
  if (title) element.querySelector("dd").title = title;
  return element;
}

// Marks a value that can be filtered by, see query-bar/filter-targets.js.
function named(element, field, event) {
  if (field) Object.assign(element.querySelector("dd").dataset, { field, value: event[field] });
  return element;
}

// A 200 reply hides the fault from the sender.
export function replyOf(event) {
  const { status, verdict } = event;
  if (status !== 200) return String(status);
  if (isDiscarded(event)) return "200, but the vendor discards it";
  if (verdict === "invalid") return "200: the vendor accepts it, but it does not fit the tracking plan";
  return "200";
}

export function eventFacts(event) {
  const { received_at, occurred_at } = event;
  const facts = [
    ["Received", timeElement(received_at)],
    ["Occurred", occurred_at && timeElement(occurred_at)],
    ["Account", event.account, "", "account"],
    ["User", event.user, "", "user"],
    ["Session", event.session, "", "session"],
    ["Delivery", `No. ${formatCount(event.delivery)}, item ${formatCount(event.line)}`, "", "delivery"],
    ["Size", formatBytes(event.size), `${formatCount(event.size)} bytes`, "size"],
    ["Reply", replyOf(event), "", "status"],
  ];
  return facts.filter(([, value]) => value).map((fact) => named(factElement(fact), fact[3], event));
}
