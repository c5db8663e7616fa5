const SHOWN_FOR = 5_000;
let timer = 0;

// Shows for a while what an output says that is itself out of sight.
export function showToast(output) {
  const toast = document.querySelector("[data-toast]");
  toast.textContent = output.textContent;
  toast.dataset.state = output.dataset.state;
  toast.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => (toast.hidden = true), SHOWN_FOR);
}
