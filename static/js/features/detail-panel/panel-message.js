import { templateElement } from "../../dom/templates.js";

// A message in place of content; `retry` adds a button to try again.
export function panelMessage(text, retry) {
  const message = templateElement("panel-message");
  const button = message.querySelector("button");
  message.querySelector("p").textContent = text;
  button.hidden = !retry;
  if (retry) button.addEventListener("click", retry);
  return message;
}
