import { formatBytes, formatCount, pluralize } from "../../core/text/format-count.js";
import { showText } from "../../dom/show-text.js";
import { slotsOf, templateElement } from "../../dom/templates.js";
import { timeElement } from "../../ui/time-elements.js";
import { factElement } from "./event-facts.js";
import { problemItem } from "./problem-item.js";

const ratio = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 2 });

const exactly = (size) => `${formatCount(size)} bytes`;

// "312 B, inflated to 1.2 KB (3.9 times as much)"
function bodySizes({ wire_size, size, encoding }) {
  if (!encoding || !size || !wire_size) return formatBytes(wire_size);
  return `${formatBytes(wire_size)}, inflated to ${formatBytes(size)} (${ratio.format(size / wire_size)} times as much)`;
}

function factsOf(delivery) {
  const { received_at, sender, encoding, wire_size, size } = delivery;
  const facts = [
    ["Received", timeElement(received_at)],
    ["Sender", sender || "unknown"],
    ["Encoding", encoding || "none"],
    ["Body", bodySizes(delivery), `${exactly(wire_size)} on the wire, ${exactly(size)} inflated`],
  ];
  return facts.map(factElement);
}

function headerRow([name, value]) {
  const row = templateElement("header-row");
  showText(row.querySelector("th"), name);
  showText(row.querySelector("td"), value);
  return row;
}

function showReply(slots, { status, reply }) {
  slots.status.textContent = status ? String(status) : "none: the sender disconnected";
  slots.status.dataset.state = status === 200 ? "accepted" : "refused";
  slots["reply-lost"].hidden = reply !== null || status === 0;
  slots["reply-part"].hidden = !reply;
  if (!reply) return;
  slots["reply-headers"].append(...Object.entries(reply.headers).map(headerRow));
  slots["reply-none"].hidden = reply.body !== "";
  slots["reply-body"].hidden = reply.body === "";
  showText(slots["reply-body"].querySelector("code"), reply.body);
  slots["reply-cut"].hidden = !reply.cut;
  slots["reply-cut"].textContent = `Cut: the whole body had ${pluralize(reply.size, "byte")}.`;
}

// Renders an HTTP request with its reply, as returned by REST for a single delivery.
export function requestDetails(delivery, { withProblems = true } = {}) {
  const element = templateElement("request");
  const slots = slotsOf(element);
  slots.method.textContent = delivery.method;
  showText(slots.path, delivery.path);
  slots.facts.append(...factsOf(delivery));
  slots.headers.append(...Object.entries(delivery.headers).map(headerRow));
  slots.problems.append(...delivery.problems.map((problem) => problemItem(problem, "whole request")));
  slots["problems-part"].hidden = !withProblems || delivery.problems.length === 0;
  showReply(slots, delivery);
  return element;
}
