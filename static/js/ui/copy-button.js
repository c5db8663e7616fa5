import { showIcon } from "../dom/templates.js";

const SHOWN_FOR = 1_500;
const feedback = new WeakMap(); // button → its label and the timer that restores it

// The clipboard API requires TLS or localhost; execCommand works without.
function copyTheOldWay(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  return copied;
}

// `promised` is a text or a promise of one.
async function copy(promised) {
  const text = await promised;
  if (!navigator.clipboard) return copyTheOldWay(text);
  return navigator.clipboard.writeText(text).then(() => true, () => copyTheOldWay(text));
}

function say(button, icon, word) {
  showIcon(button.querySelector("svg"), icon);
  button.querySelector("span").textContent = word;
}

export async function copyWithFeedback(button, text) {
  const copied = await copy(text).catch(() => false);
  resetCopyButton(button);
  const shown = button.querySelector("span");
  const word = shown.textContent;
  say(button, copied ? "check" : "close", copied ? "Copied" : "Not copied");
  document.dispatchEvent(new CustomEvent("announce", { detail: shown.textContent }));
  feedback.set(button, { word, timer: setTimeout(() => resetCopyButton(button), SHOWN_FOR) });
}

// Restores the label of a copy button whose text changed.
export function resetCopyButton(button) {
  if (!feedback.has(button)) return;
  const { word, timer } = feedback.get(button);
  clearTimeout(timer);
  feedback.delete(button);
  say(button, "copy", word);
}
