const EDITABLE = "input, textarea, select, [contenteditable]";
const PRESSABLE = "button, a[href], summary, [role=separator]";

// Whether a key press belongs to the browser or to the focused element, not to the page's shortcuts.
export function isReservedKey(event) {
  const { target, key } = event;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return true;
  if (target.closest(EDITABLE) || document.querySelector("dialog[open]")) return true;
  return (key === " " || key === "Enter") && target.matches(PRESSABLE);
}
