import { copyWithFeedback } from "../ui/copy-button.js";

// A button copies the text that stands before it, or in the block after its head.
for (const button of document.querySelectorAll("[data-copy-next]")) {
  const block = button.previousElementSibling?.matches("pre") ? button.previousElementSibling : button.closest("section, dd").querySelector("pre");
  button.addEventListener("click", () => copyWithFeedback(button, block.textContent));
}
