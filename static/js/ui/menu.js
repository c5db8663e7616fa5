// A menu is a <details data-menu>: its summary is the button, its body the drop-down. It closes on Escape,
// on a press outside, and when another menu opens.
const MARGIN = 8; // pixels

const open = () => document.querySelectorAll("details[data-menu][open]");

function closeOthers(target) {
  for (const menu of open()) {
    if (!menu.contains(target)) menu.open = false;
  }
}

function closeByKey(event) {
  if (event.key !== "Escape") return;
  for (const menu of open()) {
    menu.open = false;
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
    event.preventDefault();
  }
}

// Shifts a drop-down that would overflow the window on the left.
function keepInView({ target }) {
  const body = target.matches?.("details[data-menu][open]") && target.querySelector(".menu-body");
  if (!body) return;
  body.style.translate = "none";
  const { left } = body.getBoundingClientRect();
  if (left < MARGIN) body.style.translate = `${MARGIN - left}px`;
}

export function closeMenu(inside) {
  inside.closest("details[data-menu]").open = false;
}

export function wireMenus() {
  document.addEventListener("pointerdown", ({ target }) => closeOthers(target));
  document.addEventListener("focusin", ({ target }) => closeOthers(target));
  document.addEventListener("toggle", keepInView, { capture: true });
  document.addEventListener("keydown", closeByKey, { capture: true });
}
