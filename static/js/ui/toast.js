const SHOWN_FOR = 5_000;
let timer = 0;

// Shows the text and state of an output for a few seconds if the output is out of sight.
export function showToast(output) {
  const toast = document.querySelector("[data-toast]");
  toast.textContent = output.textContent;
  toast.dataset.state = output.dataset.state;
  toast.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => (toast.hidden = true), SHOWN_FOR);
}
