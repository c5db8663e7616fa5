// Setters that write only what changed: a browser treats even the same value as a change, and recomputes
// style and layout.

export function setText(element, text) {
  const { firstChild } = element;
  const isText = firstChild?.nodeType === Node.TEXT_NODE && !firstChild.nextSibling;
  if (!isText) element.textContent = text;
  else if (firstChild.data !== text) firstChild.data = text;
}

export function setTitle(element, title) {
  if (element.title !== title) element.title = title;
}

export function setHidden(element, isHidden) {
  if (element.hidden !== isHidden) element.hidden = isHidden;
}
