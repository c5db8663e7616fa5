import { timeElement } from "../page/shown-times.js";
import { elementOf } from "../page/templates.js";
import { bytes, count } from "../text/counts.js";
import { showText } from "../text/visible-text.js";

export function factOf([word, value, title]) {
  const element = elementOf("fact");
  element.querySelector("dt").textContent = word;
  if (value instanceof Element) element.querySelector("dd").append(value);
  else showText(element.querySelector("dd"), value);
  if (title) element.querySelector("dd").title = title;
  return element;
}

// A good reply is the very thing that hides a fault at the vendor.
function replyOf({ status, verdict }) {
  const dropped = status === 200 && (verdict === "invalid" || verdict === "malformed");
  return dropped ? "200, yet the vendor drops it" : String(status);
}

export function factsOf(event) {
  const { received_at, occurred_at } = event;
  const facts = [
    ["Received", timeElement(received_at)],
    ["Occurred", occurred_at && timeElement(occurred_at)],
    ["Account", event.account],
    ["User", event.user],
    ["Session", event.session],
    ["Delivery", `No. ${count(event.delivery)}, item ${count(event.line)}`],
    ["Size", bytes(event.size), `${count(event.size)} bytes`],
    ["Reply", replyOf(event)],
  ];
  return facts.filter(([, value]) => value).map(factOf);
}
