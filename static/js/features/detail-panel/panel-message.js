import { templateElement } from "../../dom/templates.js";

// What stands in place of something that is not here; `retry` offers to try again.
export function panelMessage(text, retry) {
  const message = templateElement("panel-message");
  const button = message.querySelector("button");
  message.querySelector("p").textContent = text;
  button.hidden = !retry;
  if (retry) button.addEventListener("click", retry);
  return message;
}
