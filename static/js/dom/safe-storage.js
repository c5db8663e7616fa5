// Storage throws where the browser forbids it; then a choice lasts as long as the page. What is in
// localStorage holds for every tab, what is in sessionStorage for this one.
export function writeStorage(key, value, storage = "localStorage") {
  try {
    globalThis[storage].setItem(key, value);
  } catch {
    return;
  }
}

export function readStorage(key, storage = "localStorage") {
  try {
    return globalThis[storage].getItem(key);
  } catch {
    return null;
  }
}
