import { copyWithFeedback } from "../ui/copy-button.js";

// Wires buttons that copy the text before them, or the code block of their section.
for (const button of document.querySelectorAll("[data-copy-next]")) {
  const block = button.previousElementSibling?.matches("pre") ? button.previousElementSibling : button.closest("section, dd").querySelector("pre");
  button.addEventListener("click", () => copyWithFeedback(button, block.textContent));
}
