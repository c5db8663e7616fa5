export function templateFragment(id) {
  return document.getElementById(id).content.cloneNode(true);
}

export function templateElement(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

// The elements to fill, by the name in data-slot or data-cell.
export function slotsOf(root, attribute = "slot") {
  const found = root.querySelectorAll(`[data-${attribute}]`);
  return Object.fromEntries([...found].map((element) => [element.dataset[attribute], element]));
}

export function showIcon(svg, name) {
  const use = svg.firstElementChild;
  const href = `#icon-${name}`;
  if (use.getAttribute("href") !== href) use.setAttribute("href", href);
}
