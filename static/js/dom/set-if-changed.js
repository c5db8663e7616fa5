// Setters that write only changed values: browsers recompute style and layout even if the value is
// the same.

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
